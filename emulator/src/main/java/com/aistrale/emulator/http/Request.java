package com.aistrale.emulator.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One HTTP request, read whole.
 *
 * @param path percent-decoded, without the query; a plus stays a plus
 * @param query percent-decoded; the last value of a repeated name
 */
public record Request(String method, String path, Map<String, String> query, Headers headers, byte[] body) {
    public Request {
        query = Map.copyOf(query);
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    boolean wantsClose() {
        String connection = headers.first("connection");
        return connection != null && connection.equalsIgnoreCase("close");
    }
}
