package com.aistrale.server.webhooks.delivery;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What came of one attempt.
 *
 * @param startedAt milliseconds since 1970
 * @param latencyMs until the answer was read, or the attempt failed
 * @param code the answer's status; null without one
 * @param error null when it was delivered
 * @param body the head of the answer; null without one
 * @param retryAfter what the receiver asked for
 */
record Outcome(
        long startedAt,
        long latencyMs,
        @Nullable Integer code,
        @Nullable DeliveryError error,
        @Nullable String body,
        @Nullable Duration retryAfter) {
    /** Of an attempt that failed for something in the server. */
    static Outcome mistake(long startedAt) {
        return new Outcome(startedAt, 0, null, DeliveryError.INTERNAL, null, null);
    }

    boolean isDelivered() {
        return error == null;
    }
}
