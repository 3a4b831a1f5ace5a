package com.aistrale.server.kit.http;

import static com.aistrale.server.kit.http.HttpServerTest.json;
import static com.aistrale.server.kit.http.HttpServerTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RequestBodyTest {
    private static final String POST = "POST /echo HTTP/1.1\r\nHost: localhost\r\n";
    private static final String TOO_LARGE =
            "The body is larger than 10000 bytes, the most this server reads (http.max_body_bytes).";

    private final LogCapture log = new LogCapture();
    private final AtomicInteger handled = new AtomicInteger();
    private final SmallServer server = new SmallServer(new Routes()
            .post("/echo", exchange -> {
                var body = exchange.jsonBody();
                handled.incrementAndGet();
                exchange.send(200, body);
            })
            .get("/hello", exchange -> exchange.send(200, Json.object())));

    @AfterEach
    void close() {
        server.close();
        log.close();
        assertThat(log.loud())
                .as("a client's faults are no faults of the server")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json; charset=utf-8",
                "Application/JSON",
                "application/merge-patch+json"
            })
    void jsonIsTakenByAnyOfItsNames(String type) throws IOException {
        assertThat(json(ask("Content-Type: " + type + "\r\n", "{\"a\":1}"))).isEqualTo(Json.parse("{\"a\":1}"));
    }

    @Test
    void withoutATypeItIsTakenForJson() throws IOException {
        assertThat(json(ask("", "{\"a\":1}"))).isEqualTo(Json.parse("{\"a\":1}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"})
    void anythingElseIsRefused(String type) throws IOException {
        assertThat(problem(ask("Content-Type: " + type + "\r\n", "{}"), 415, "unsupported_media_type"))
                .isEqualTo("The body came as `" + type + "`; send JSON with `Content-Type: application/json`.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{\"a\":1}}", "[1]", "\"text\"", "null", "{\"a\":1,\"a\":2}", "{'a':1}", "{\"a\":01}"})
    void whatIsNoJsonObjectIsRefused(String body) throws IOException {
        assertThat(problem(ask("", body), 400, "invalid_request")).startsWith("the body is not ");
    }

    @Test
    void aMistakeIsNamedWithItsPlace() throws IOException {
        assertThat(problem(ask("", "{\"a\": 1,\n \"b\": x}"), 400, "invalid_request"))
                .startsWith("the body is not valid JSON, line 2, column 7: ");
    }

    @Test
    void anEmptyBodyIsNamedSo() throws IOException {
        assertThat(problem(ask("", ""), 400, "invalid_request"))
                .isEqualTo("the body is empty; a JSON object was expected");
        assertThat(problem(server.ask(POST + "Connection: close\r\n\r\n"), 400, "invalid_request"))
                .isEqualTo("the body is empty; a JSON object was expected");
    }

    @Test
    void nestingWithoutEndIsRefused() throws IOException {
        problem(ask("", "{\"a\":" + "[".repeat(4000) + "]".repeat(4000) + "}"), 400, "invalid_request");
    }

    @Test
    void aBodyOfTheLimitIsTaken() throws IOException {
        var body = "{\"a\":\"" + "x".repeat(SmallServer.MOST - 8) + "\"}";

        assertThat(body).hasSize(SmallServer.MOST);
        assertThat(ask("", body)).startsWith("HTTP/1.1 200 ");
        assertThat(server.ask(POST + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                        + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aByteMoreIsRefusedAndTheConnectionEnds() throws IOException {
        var answer = server.ask(POST + "Content-Length: 10001\r\n\r\n" + "x".repeat(10001));

        assertThat(problem(answer, 413, "payload_too_large")).isEqualTo(TOO_LARGE);
        assertThat(answer).containsIgnoringCase("\r\nConnection: close\r\n");
        assertThat(handled).hasValue(0);
    }

    @Test
    void aLargeBodyIsRefusedUnread() throws IOException {
        try (var client = new RawClient(server.port())) {
            client.send(POST + "Content-Length: 20000000000\r\n\r\n");

            assertThat(problem(client.readToEnd(), 413, "payload_too_large")).isEqualTo(TOO_LARGE);
        }
    }

    @Test
    void whoWaitsForAWordBeforeSendingIsRefusedWithoutSending() throws IOException {
        try (var client = new RawClient(server.port())) {
            client.send(POST + "Content-Length: 20000\r\nExpect: 100-continue\r\n\r\n");

            assertThat(problem(client.readToEnd(), 413, "payload_too_large")).isEqualTo(TOO_LARGE);
        }
    }

    @Test
    void whoWaitsForAWordBeforeSendingGetsIt() throws IOException {
        try (var client = new RawClient(server.port())) {
            client.send(POST + "Content-Length: 7\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
            assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 ");
            client.send("{\"a\":1}");

            assertThat(client.readToEnd()).startsWith("HTTP/1.1 200 ").endsWith("{\"a\":1}");
        }
    }

    /** The client sends and sends, and reads only when it can send no more. */
    @Test
    void aBodyWithoutEndIsRefusedAtTheLimitWithAnAnswerThatArrives() throws Exception {
        var sent = new AtomicLong();
        try (var client = new RawClient(server.port())) {
            client.send(POST + "Transfer-Encoding: chunked\r\n\r\n");
            var chunk = "400\r\n" + "x".repeat(1024) + "\r\n";
            var sender = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        client.send(chunk);
                        sent.addAndGet(1024);
                    }
                } catch (SocketException closed) {
                    // What has to happen.
                } catch (IOException unexpected) {
                    throw new AssertionError(unexpected);
                }
            });
            var answer = client.readUntil("}");

            assertThat(problem(answer, 413, "payload_too_large")).isEqualTo(TOO_LARGE);
            sender.join();
            assertThat(sent.get()).as("bytes taken from the endless body").isLessThan(64L << 20);
        }
        assertThat(handled).hasValue(0);
    }

    /** Memory must not be at the mercy of a size that the client says. */
    @Test
    void aChunkLargerThanTheLimitIsRefusedUnread() throws IOException {
        try (var client = new RawClient(server.port())) {
            client.send(POST + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\nxxx");

            assertThat(problem(client.readToEnd(), 413, "payload_too_large")).isEqualTo(TOO_LARGE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz", "", "-1", "ffffffff", "100000000", "1 2"})
    void aChunkMustSayItsSize(String size) throws IOException {
        var answer = server.ask(POST + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n{}\r\n0\r\n\r\n");

        problem(answer, 400, "invalid_request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 100\r\n\r\n{\"a\":",
                "Transfer-Encoding: chunked\r\n\r\n64\r\n{\"a\":",
                "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
            })
    void aBodyThatBreaksOffIsNoRequest(String request) throws IOException {
        try (var client = new RawClient(server.port())) {
            client.send(POST + request);
            client.shutdownOutput();
            var answer = client.readToEnd();
            if (!answer.isEmpty()) {
                problem(answer, 400, "invalid_request");
            }
        }
        assertThat(handled).hasValue(0);
        assertThat(server.ask("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aBodyThatNobodyReadsIsSkipped() throws IOException {
        try (var client = new RawClient(server.port())) {
            client.send("POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
            assertThat(client.readAnswer()).startsWith("HTTP/1.1 405 ");
            client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.readAnswer()).startsWith("HTTP/1.1 200 ");
        }
    }

    private String ask(String headers, String body) throws IOException {
        return server.ask(POST + headers + "Content-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body);
    }
}
