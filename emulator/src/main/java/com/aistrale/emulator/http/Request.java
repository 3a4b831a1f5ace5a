package com.aistrale.emulator.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** One HTTP request, read whole. */
public final class Request {
    private final String method;
    private final String path;
    private final Map<String, String> query;
    private final Headers headers;
    private final byte[] body;

    Request(String method, String path, Map<String, String> query, Headers headers, byte[] body) {
        this.method = method;
        this.path = path;
        this.query = Map.copyOf(query);
        this.headers = headers;
        this.body = body;
    }

    public String method() {
        return method;
    }

    /** Percent-decoded, without the query; a plus stays a plus. */
    public String path() {
        return path;
    }

    /** Percent-decoded, a plus being a space; the last value of a repeated name. */
    public Map<String, String> query() {
        return query;
    }

    public Headers headers() {
        return headers;
    }

    /** The body's own bytes, not a copy; empty if there is none. */
    public byte[] body() {
        return body;
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    boolean wantsClose() {
        String connection = headers.first("connection");
        return connection != null && connection.equalsIgnoreCase("close");
    }
}
