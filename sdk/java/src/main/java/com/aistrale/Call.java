package com.aistrale;

import com.aistrale.internal.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One operation, before it is tried.
 *
 * @param target path and query below the server's URL
 * @param body null for none
 * @param timeout for all tries together, null for the client's own
 * @param headers what this operation sends besides what all send
 * @param repeatable whether it may be carried out twice without harm
 * @param resumable whether the server goes on with it when its connection is lost, so that sending it again only asks for the same answer
 */
record Call(
        String method,
        String target,
        @Nullable Body body,
        @Nullable Duration timeout,
        Map<String, String> headers,
        boolean repeatable,
        boolean resumable) {

    static final String INFERENCES = "/api/v1/inferences";

    /** What is sent, and as what. */
    record Body(String type, String text) {
        static Body json(Map<String, ?> object) {
            return new Body("application/json", Json.write(object));
        }
    }

    static Call get(String target) {
        return new Call("GET", target, null, null, Map.of(), true, false);
    }

    static Call post(String target, Map<String, ?> body) {
        return new Call("POST", target, Body.json(body), null, Map.of(), false, false);
    }

    static Call post(String target) {
        return new Call("POST", target, null, null, Map.of(), false, false);
    }

    static Call put(String target, Body body) {
        return new Call("PUT", target, body, null, Map.of(), true, false);
    }

    /** Ends an inference. To do so twice is to do so once. */
    static Call cancel(String inference) {
        return new Call("POST", path(INFERENCES, inference, "cancel"), null, null, Map.of(), true, false);
    }

    /** Ends the inference that runs the request with this idempotency key. To do so twice is to do so once. */
    static Call cancelByKey(String key) {
        var headers = Map.of("idempotency-key", key);
        return new Call("POST", INFERENCES + "/cancel", null, null, headers, true, false);
    }

    static Call delete(String target) {
        return new Call("DELETE", target, null, null, Map.of(), false, false);
    }

    /** For what may be carried out twice without harm although its method does not say so. */
    Call asRepeatable() {
        return new Call(method, target, body, timeout, headers, true, resumable);
    }

    Call asResumable() {
        return new Call(method, target, body, timeout, headers, repeatable, true);
    }

    Call within(@Nullable Duration limit) {
        return new Call(method, target, body, limit, headers, repeatable, resumable);
    }

    Call with(String header, String value) {
        var more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Call(method, target, body, timeout, more, repeatable, resumable);
    }

    /** Only where the resource still has this revision. A second try may find the first one's revision, so there is none. */
    Call ifMatch(@Nullable Long revision) {
        return revision == null
                ? this
                : new Call(method, target, body, timeout, headers, false, resumable)
                        .with("if-match", "\"" + revision + "\"");
    }

    /** A path of parts that may have any characters. */
    static String path(String first, String... parts) {
        var path = new StringBuilder(first);
        for (var part : parts) {
            path.append('/').append(encoded(part).replace("+", "%20"));
        }
        return path.toString();
    }

    /** The path with a query, in the parameters' order. */
    static String target(String path, Map<String, String> parameters) {
        var query = parameters.entrySet().stream()
                .map(parameter -> encoded(parameter.getKey()) + "=" + encoded(parameter.getValue()))
                .collect(Collectors.joining("&"));
        return query.isEmpty() ? path : path + "?" + query;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
