package com.aistrale.emulator.conformance;

import com.aistrale.emulator.http.Exchange;
import com.aistrale.emulator.http.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Passes a scenario's requests on to a real server, with a real key in the place of the scenarios' own. */
final class Relay {
    /** The key that scenarios have unless they say otherwise. */
    static final String SCENARIOS_KEY = "ais_conformance";

    private static final Set<String> OF_THE_CONNECTION = Set.of(
            "host", "content-length", "connection", "transfer-encoding", "upgrade", "expect", "keep-alive", "te");

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final URI server;
    private final String key;

    /** @param server the root URL, without a slash at its end */
    Relay(URI server, String key) {
        this.server = server;
        this.key = key;
    }

    /** What a real server answered. */
    record Answered(int status, Map<String, String> headers, byte[] body) {}

    /** Passes a request on, to that path, and its answer back, as it comes. */
    Answered pass(Seen seen, String path, Exchange exchange) {
        try {
            HttpResponse<InputStream> response =
                    http.send(request(seen, path), HttpResponse.BodyHandlers.ofInputStream());
            Map<String, String> headers = new LinkedHashMap<>();
            response.headers().map().forEach((name, values) -> {
                if (!OF_THE_CONNECTION.contains(name.toLowerCase(Locale.ROOT)) && !name.startsWith(":")) {
                    headers.put(name.toLowerCase(Locale.ROOT), values.getFirst());
                }
            });
            return new Answered(response.statusCode(), headers, body(response, headers, exchange));
        } catch (IOException lost) {
            throw new UncheckedIOException("the real server did not answer: " + lost.getMessage(), lost);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("stopped while a real server answered", stopped);
        }
    }

    private static byte[] body(HttpResponse<InputStream> response, Map<String, String> headers, Exchange exchange)
            throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        try (InputStream in = response.body()) {
            if (!headers.getOrDefault("content-type", "").startsWith("text/event-stream")) {
                byte[] body = in.readAllBytes();
                if (response.statusCode() == 204) {
                    exchange.bare(204, headers);
                } else {
                    exchange.whole(response.statusCode(), headers, body);
                }
                return body;
            }
            exchange.beginChunked(response.statusCode(), headers);
            byte[] buffer = new byte[8192];
            for (int count; (count = in.read(buffer)) >= 0; ) {
                byte[] part = Arrays.copyOf(buffer, count);
                whole.writeBytes(part);
                exchange.chunk(part);
            }
            exchange.end();
            return whole.toByteArray();
        }
    }

    private HttpRequest request(Seen seen, String to) {
        String query = seen.request().query().entrySet().stream()
                .map(one -> encoded(one.getKey()) + "=" + encoded(one.getValue()))
                .collect(Collectors.joining("&"));
        String path = Arrays.stream(to.split("/", -1)).map(Relay::encoded).collect(Collectors.joining("/"));
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(server + path + (query.isEmpty() ? "" : "?" + query)))
                .timeout(Duration.ofSeconds(60))
                .method(
                        seen.request().method(),
                        HttpRequest.BodyPublishers.ofByteArray(seen.request().body()));
        for (Headers.Header header : seen.request().headers().all()) {
            String name = header.name().toLowerCase(Locale.ROOT);
            if (!OF_THE_CONNECTION.contains(name) && !name.startsWith("proxy-")) {
                String value = header.value().equals("Bearer " + SCENARIOS_KEY) ? "Bearer " + key : header.value();
                request.header(name, value);
            }
        }
        return request.build();
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
