package com.aistrale;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One operation, before it is tried.
 *
 * @param target path and query below the server's URL
 * @param body null for none
 * @param timeout for all tries together, null for the client's own
 * @param idempotencyKey null where the operation has none
 * @param repeatable whether it may be carried out twice without harm
 */
record Call(
        String method,
        String target,
        @Nullable Map<String, ?> body,
        @Nullable Duration timeout,
        @Nullable String idempotencyKey,
        boolean repeatable) {
    static Call get(String target) {
        return new Call("GET", target, null, null, null, true);
    }

    static Call post(String target, Map<String, ?> body) {
        return new Call("POST", target, body, null, null, false);
    }

    static Call delete(String target) {
        return new Call("DELETE", target, null, null, null, false);
    }
}
