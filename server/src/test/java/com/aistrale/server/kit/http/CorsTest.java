package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CorsTest {
    private static final Routes ROUTES = new Routes().post("/run", exchange -> exchange.send(200, Json.object()));
    private static final String PREFLIGHT = "OPTIONS /run HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Access-Control-Request-Method: POST\r\nOrigin: ";
    private static final String CALL =
            "POST /run HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\nOrigin: ";

    @Test
    void withoutASettingNoPageMayCall() throws IOException {
        try (var server = new SmallServer(ROUTES)) {
            assertThat(server.ask(PREFLIGHT + "https://app.example\r\n\r\n"))
                    .startsWith("HTTP/1.1 405 ")
                    .doesNotContainIgnoringCase("access-control");
            assertThat(server.ask(CALL + "https://app.example\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 ")
                    .doesNotContainIgnoringCase("access-control");
        }
    }

    @Test
    void aListedOriginMay() throws IOException {
        try (var server = new SmallServer(ROUTES, List.of(), List.of("https://app.example"))) {
            assertThat(server.ask(PREFLIGHT + "https://app.example\r\n\r\n"))
                    .startsWith("HTTP/1.1 204 ")
                    .containsIgnoringCase("\r\nAccess-Control-Allow-Origin: https://app.example\r\n")
                    .containsIgnoringCase("\r\nAccess-Control-Allow-Methods: GET, POST, PUT, DELETE\r\n")
                    .containsIgnoringCase("\r\nAccess-Control-Allow-Headers: authorization, content-type,"
                            + " idempotency-key, if-match, last-event-id, traceparent, x-api-key, x-aistrale-client,"
                            + " x-aistrale-workspace\r\n")
                    .containsIgnoringCase("\r\nVary: Origin\r\n")
                    .containsIgnoringCase("\r\nx-request-id: req_")
                    .doesNotContainIgnoringCase("allow-credentials");
            assertThat(server.ask(CALL + "https://app.example\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("\r\nAccess-Control-Allow-Origin: https://app.example\r\n")
                    .contains("x-aistrale-inference-id")
                    .contains("x-ratelimit-remaining-requests")
                    .contains("x-ratelimit-reset-tokens");
        }
    }

    @Test
    void anErrorCanBeReadByTheListedOriginToo() throws IOException {
        try (var server = new SmallServer(ROUTES, List.of(), List.of("https://app.example"))) {
            assertThat(server.ask(CALL.replace("/run", "/none") + "https://app.example\r\n\r\n"))
                    .startsWith("HTTP/1.1 404 ")
                    .containsIgnoringCase("\r\nAccess-Control-Allow-Origin: https://app.example\r\n");
        }
    }

    @Test
    void originsAreComparedLetterByLetter() throws IOException {
        try (var server = new SmallServer(ROUTES, List.of(), List.of("https://app.example"))) {
            for (var other : List.of(
                    "http://app.example",
                    "https://app.example:444",
                    "https://app.example.evil.example",
                    "https://xapp.example",
                    "null",
                    "*")) {
                assertThat(server.ask(PREFLIGHT + other + "\r\n\r\n"))
                        .as(other)
                        .startsWith("HTTP/1.1 405 ")
                        .doesNotContainIgnoringCase("access-control-allow");
            }
        }
    }
}
