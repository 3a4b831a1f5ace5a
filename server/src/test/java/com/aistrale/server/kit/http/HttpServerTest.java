package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class HttpServerTest {
    private final LogCapture log = new LogCapture();
    private final SmallServer server = new SmallServer(new Routes()
            .get("/hello", exchange -> exchange.send(200, Json.object().put("hello", "world")))
            .get("/plain/broken", exchange -> {
                throw Problem.of(ProblemCode.CONFLICT, "No.").exception();
            })
            .get("/things/{id}", exchange -> exchange.send(200, Json.object().put("id", exchange.pathParameter("id"))))
            .delete("/things/{id}", Exchange::sendNothing)
            .get("/bug", exchange -> {
                throw new IllegalStateException("a secret of the inside");
            })
            .get("/busy", exchange -> {
                throw Problem.of(ProblemCode.OVERLOADED, "Later.")
                        .withRetryAfter(Duration.ofMillis(1500))
                        .exception();
            })
            .get(
                    "/query",
                    exchange -> exchange.send(
                            200, Json.object().put("q", exchange.query("q")).put("r", exchange.query("r"))))
            .post("/echo", exchange -> exchange.send(200, exchange.jsonBody())));

    @AfterEach
    void close() {
        server.close();
        log.close();
    }

    @Test
    void everyAnswerHasAnIdOfItsOwn() throws IOException {
        var first = get("/hello");
        var second = get("/hello");

        assertThat(first).startsWith("HTTP/1.1 200 OK\r\n");
        assertThat(id(first)).matches("req_[0-9a-hjkmnp-tv-z]{26}").isNotEqualTo(id(second));
        assertThat(json(first)).isEqualTo(Json.parse("{\"hello\":\"world\"}"));
    }

    @Test
    void anUnknownPathIsNotFound() throws IOException {
        var answer = problem(get("/nowhere"), 404, "not_found");

        assertThat(answer).isEqualTo("There is nothing at this path.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "OPTIONS", "HEAD"})
    void anotherMethodIsToldWhichOnesThereAre(String method) throws IOException {
        var answer = server.ask(method + " /things/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 405 ").containsIgnoringCase("\r\nAllow: GET, DELETE\r\n");
        if (!method.equals("HEAD")) {
            assertThat(problem(answer, 405, "method_not_allowed")).isEqualTo("/things/{id} takes GET, DELETE.");
        }
    }

    @Test
    void aDeleteAnswersNothing() throws IOException {
        assertThat(server.ask("DELETE /things/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 204 ")
                .endsWith("\r\n\r\n");
    }

    @Test
    void theFormatOfAProblemGoesByThePath() throws IOException {
        assertThat(get("/plain/broken"))
                .startsWith("HTTP/1.1 409 ")
                .contains("Content-Type: text/plain\r\n")
                .endsWith("\r\n\r\nplain conflict");
        assertThat(get("/plain/nowhere")).startsWith("HTTP/1.1 404 ").endsWith("plain not_found");
        assertThat(get("/plainly")).contains("application/problem+json");
    }

    @Test
    void aDefectShowsNothingOfTheInside() throws IOException {
        var answer = get("/bug");

        assertThat(problem(answer, 500, "internal"))
                .isEqualTo("Something went wrong inside the server; its log has more under " + id(answer) + ".");
        assertThat(answer).doesNotContain("secret");
        assertThat(log.text()).contains(id(answer)).contains("IllegalStateException: a secret of the inside");
    }

    @Test
    void retryHintsAreHeadersToo() throws IOException {
        var busy = get("/busy");

        assertThat(busy)
                .contains("\r\nRetry-After: 2\r\n")
                .containsIgnoringCase("\r\nretry-after-ms: 1500\r\n")
                .doesNotContain("x-should-retry");
        assertThat(json(busy).get("retry_after_ms").intValue()).isEqualTo(1500);
        assertThat(get("/nowhere")).containsIgnoringCase("\r\nx-should-retry: false\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"})
    void anotherHostIsRefused(String host) throws IOException {
        var answer = server.ask("GET /hello HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");

        assertThat(problem(answer, 403, "permission_denied"))
                .startsWith("The Host header names `" + host.replace(":80", "") + "`, which is not a name of this")
                .contains("http.allowed_hosts");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:16000", "[::1]", "[::1]:16000"})
    void namesOfLoopbackAreServed(String host) throws IOException {
        assertThat(server.ask("GET /hello HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aRequestWithoutHostIsNone() throws IOException {
        assertThat(server.ask("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GARBAGE\r\n\r\n",
                "GET /hello HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "GET /hello HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n",
                "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET /he%zzllo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /things/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /query?q=%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}"
            })
    void whatIsNoHttpGetsAProblemAndTheConnectionEnds(String request) throws IOException {
        var answer = server.ask(request);

        problem(answer, 400, "invalid_request");
        assertThat(id(answer)).startsWith("req_");
        assertThat(answer).containsIgnoringCase("\r\nx-should-retry: false\r\n");
        assertThat(log.loud())
                .as("a client's faults are no faults of the server")
                .isEmpty();
    }

    @Test
    void headersWithoutEndAreRefused() throws IOException {
        var answer =
                server.ask("GET /hello HTTP/1.1\r\nHost: localhost\r\nx-much: " + "x".repeat(100_000) + "\r\n\r\n");

        problem(answer, 400, "invalid_request");
    }

    @Test
    void parametersAreDecoded() throws IOException {
        assertThat(json(get("/query?q=a%20b%2Fc%26d&r="))).isEqualTo(Json.parse("{\"q\":\"a b/c&d\",\"r\":null}"));
        assertThat(json(get("/things/a%20b")).get("id").stringValue()).isEqualTo("a b");
    }

    @Test
    void aConnectionServesManyRequests() throws IOException {
        try (var client = new RawClient(server.port())) {
            for (int i = 0; i < 50; i++) {
                client.send("GET /things/" + i + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.readAnswer()).endsWith("{\"id\":\"" + i + "\"}");
                client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.readAnswer()).startsWith("HTTP/1.1 404 ");
            }
        }
    }

    private String get(String path) throws IOException {
        return server.ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    static String id(String answer) {
        return answer.replaceFirst("(?is).*\r\nx-request-id: (\\S+)\r\n.*", "$1");
    }

    static ObjectNode json(String answer) {
        return (ObjectNode) Json.parse(answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }

    /** The detail of the one answer there is, which must be this problem and nothing else. */
    static String problem(String answer, int status, String code) {
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
        assertThat(answer).containsIgnoringCase("\r\nContent-Type: application/problem+json\r\n");
        var json = json(answer);
        assertThat(json.get("status").intValue()).isEqualTo(status);
        assertThat(json.get("code").stringValue()).isEqualTo(code);
        assertThat(json.get("request_id").stringValue()).isEqualTo(id(answer));
        return json.get("detail").stringValue();
    }
}
