package com.aistrale.emulator.conformance;

import com.aistrale.emulator.http.Request;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A request as it came, and how it ended. Safe for use by several threads. */
final class Seen {
    private final Request request;
    private final String path;
    private final boolean byProxy;
    private final long begun;
    private volatile long ended = -1;
    private volatile boolean endedByClient;

    /**
     * @param path without scheme and host
     * @param byProxy whether it came as one does to a proxy
     * @param begun in nanoseconds of a monotonic clock
     */
    Seen(Request request, String path, boolean byProxy, long begun) {
        this.request = request;
        this.path = path;
        this.byProxy = byProxy;
        this.begun = begun;
    }

    Request request() {
        return request;
    }

    String path() {
        return path;
    }

    long begun() {
        return begun;
    }

    /** When the answer had been sent, or was given up; -1 before. */
    long ended() {
        return ended;
    }

    void end(long at, boolean byClient) {
        endedByClient = byClient;
        ended = at;
    }

    /** The header's value, "" without one. */
    String header(String name) {
        String value = request.headers().first(name);
        return value == null ? "" : value;
    }

    /** As expectations are compared with. */
    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("method", request.method())
                .put("path", path)
                .put("absolute", byProxy)
                .put("ended_by_client", endedByClient);
        ObjectNode query = json.putObject("query");
        for (Map.Entry<String, String> one : request.query().entrySet()) {
            query.put(one.getKey(), one.getValue());
        }
        ObjectNode headers = json.putObject("headers");
        request.headers().all().forEach(header -> headers.put(header.name().toLowerCase(Locale.ROOT), header.value()));
        JsonNode body = Exact.tried(request.body()).orElse(null);
        if (body != null) {
            json.set("body", body);
        } else if (request.body().length > 0) {
            json.put("body", new String(request.body(), StandardCharsets.UTF_8));
        }
        return json;
    }
}
