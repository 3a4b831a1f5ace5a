package com.aistrale.server.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.LogCapture;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A provider that fails is left alone and comes back, by the clock, as callers and operators see it. */
@Timeout(60)
class ProviderHealthTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";
    private static final String RUN = "{\"prompt\":\"Hello\",\"model\":\"openai/gpt-4o\"}";
    private static final String ANSWER = RawServer.json("""
            {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,
             "message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}],
             "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""");

    @TempDir
    Path folder;

    private volatile Duration ahead = Duration.ZERO;

    /** What the provider says; null when it says nothing. */
    private volatile @org.jspecify.annotations.Nullable String says = error(500);

    private RawServer upstream;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            while (line.request() != null) {
                var answer = says;
                if (answer == null) {
                    line.awaitEnd();
                } else {
                    line.write(answer);
                }
            }
        });
        startServer();
    }

    private void startServer() throws Exception {
        server = TestServer.in(folder)
                .environment("AISTRALE_ADMIN_KEY", OPERATOR)
                .openAi(upstream.url())
                .clock(() -> Instant.now().plus(ahead))
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    private static String error(int status) {
        return RawServer.response(
                status + " No",
                "content-type: application/json\r\n",
                "{\"error\":{\"message\":\"No " + status + ".\"}}");
    }

    private JsonNode openAi() throws Exception {
        return server.get("/api/v1/providers/openai").expect(200);
    }

    private JsonNode health() throws Exception {
        return openAi().get("health");
    }

    private List<String> events() throws Exception {
        try (var database = server.database()) {
            return database.rows("SELECT type FROM event WHERE type LIKE 'provider.%' ORDER BY seq");
        }
    }

    private void openTheCircuit() throws Exception {
        server.run(RUN).problem(502, "provider_failed");
        server.run(RUN).problem(502, "provider_failed");
        assertThat(upstream.requests()).hasSize(5);
    }

    @Test
    void aProviderThatFailsIsLeftAloneAndComesBack() throws Exception {
        assertThat(health().get("status").stringValue()).isEqualTo("unknown");
        openTheCircuit();

        var refused = server.run(RUN);
        assertThat(refused.problem(503, "provider_unavailable"))
                .startsWith("openai/gpt-4o is not asked for now: 5 of 5 calls failed in 60 seconds; the last: OpenAI"
                        + " failed (500): No 500. It is tried again in ")
                .endsWith(" s. Name `fallbacks` to have another model answer meanwhile.");
        assertThat(Integer.parseInt(String.valueOf(refused.header("retry-after"))))
                .isBetween(1, 30);
        var health = health();
        assertThat(health.get("status").stringValue()).isEqualTo("down");
        assertThat(health.get("failure_rate").doubleValue()).isEqualTo(1);
        assertThat(health.get("calls").intValue()).isEqualTo(5);
        assertThat(health.get("last_failure").get("code").stringValue()).isEqualTo("provider_failed");
        assertThat(health.get("last_failure").get("upstream_status").intValue()).isEqualTo(500);
        var circuit = health.get("circuits").get(0);
        assertThat(circuit.get("model").stringValue()).isEqualTo("gpt-4o");
        assertThat(circuit.get("state").stringValue()).isEqualTo("open");
        assertThat(Duration.between(
                        Instant.parse(circuit.get("opened_at").stringValue()),
                        Instant.parse(circuit.get("retry_at").stringValue())))
                .isEqualTo(Circuit.FIRST_PAUSE);
        await().until(() -> events().equals(List.of("provider.failed")));

        ahead = Duration.ofSeconds(30);
        server.run(RUN).problem(502, "provider_failed"); // the one that tries
        assertThat(upstream.requests()).hasSize(6);
        ahead = Duration.ofSeconds(89);
        server.run(RUN).problem(503, "provider_unavailable");
        ahead = Duration.ofSeconds(95);
        says = ANSWER;
        server.run(RUN).expect(200);
        server.run(RUN).expect(200);

        assertThat(health().get("status").stringValue()).isEqualTo("ok");
        assertThat(health().get("circuits")).isEqualTo(Json.array());
        await().until(() -> events().equals(List.of("provider.failed", "provider.recovered")));
        try (var database = server.database()) {
            assertThat(database.rows("SELECT provider, model, closed_at - opened_at < 100000 FROM circuit_opening"
                            + " WHERE closed_at IS NOT NULL"))
                    .singleElement()
                    .asString()
                    .matches("openai\\|gpt-4o\\|(1|t)");
        }
    }

    @Test
    void aRestartTellsNothingTwiceAndNothingTooLittle() throws Exception {
        openTheCircuit();
        await().until(() -> events().equals(List.of("provider.failed")));
        server.close();
        startServer();

        server.run(RUN).problem(502, "provider_failed");
        server.run(RUN).problem(502, "provider_failed");
        server.run(RUN).problem(503, "provider_unavailable");
        server.close();
        startServer();
        says = ANSWER;
        server.run(RUN).expect(200);

        await().until(() -> events().size() > 1);
        server.run(RUN).expect(200);
        server.close();
        assertThat(events()).containsExactly("provider.failed", "provider.recovered");
    }

    @Test
    void anotherWorkspaceAsksItStillAndSeesNothing() throws Exception {
        openTheCircuit();
        var made = server.send(server.request("POST", "/api/v1/workspaces", "{\"name\":\"second\"}", OPERATOR))
                .expect(201);
        var key = server.send(
                        server.request("POST", "/api/v1/api-keys", "{\"name\":\"s\",\"role\":\"admin\"}", OPERATOR)
                                .header("x-aistrale-workspace", made.get("id").stringValue()))
                .expect(201)
                .get("key")
                .stringValue();
        server.send(server.request("POST", "/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"sk-second\"}", key))
                .expect(201);
        says = ANSWER;

        var before =
                server.send(server.request("/api/v1/providers/openai", key)).expect(200);
        assertThat(before.get("health").get("status").stringValue()).isEqualTo("unknown");
        assertThat(before.get("health").get("last_failure").isNull()).isTrue();
        server.send(server.request("POST", "/api/v1/inferences", RUN, key)).expect(200);
        assertThat(server.send(server.request("/api/v1/providers/openai", key))
                        .expect(200)
                        .get("health")
                        .get("status")
                        .stringValue())
                .isEqualTo("ok");
        assertThat(health().get("status").stringValue()).isEqualTo("down");
        assertThat(health().get("calls").intValue()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 422, 429})
    void whatIsAboutTheCallerDoesNotOpenIt(int status) throws Exception {
        says = error(status);
        for (int i = 0; i < 6; i++) {
            server.run(RUN);
        }
        says = ANSWER;

        server.run(RUN).expect(200);
        assertThat(health().get("calls").intValue()).isEqualTo(1);
        assertThat(events()).isEmpty();
    }

    @Test
    void tinyDeadlinesDoNotOpenIt() throws Exception {
        says = null;
        for (int i = 0; i < 10; i++) {
            server.run(RUN.replace("}", ",\"timeout_ms\":50}")).problem(504, "provider_timeout");
        }
        says = ANSWER;

        server.run(RUN).expect(200);
        assertThat(health().get("status").stringValue()).isEqualTo("ok");
        assertThat(health().get("last_failure").get("code").stringValue()).isEqualTo("provider_timeout");
    }

    @Test
    void aDeletedWorkspacesCircuitsAreForgotten() throws Exception {
        var id = server.send(server.request("POST", "/api/v1/workspaces", "{\"name\":\"second\"}", OPERATOR))
                .expect(201)
                .get("id")
                .stringValue();
        var key = server.send(
                        server.request("POST", "/api/v1/api-keys", "{\"name\":\"s\",\"role\":\"admin\"}", OPERATOR)
                                .header("x-aistrale-workspace", id))
                .expect(201)
                .get("key")
                .stringValue();
        server.send(server.request("POST", "/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"sk-second\"}", key))
                .expect(201);
        server.send(server.request("POST", "/api/v1/inferences", RUN, key)).problem(502, "provider_failed");
        server.run(RUN).problem(502, "provider_failed");

        try (var log = new LogCapture()) {
            server.send(server.request("DELETE", "/api/v1/workspaces/" + id, null, OPERATOR));

            await().until(() -> log.text().contains("forgot 1 circuits of the deleted workspace " + id + "\n"));
        }
        assertThat(health().get("calls").intValue()).as("of others").isEqualTo(3);
    }

    @Test
    void theTokensOfAProviderAreCounted() throws Exception {
        says = error(401);
        server.post("/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"sk-one-0123456789\"}")
                .expect(201);
        server.post("/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"sk-two-0123456789\",\"weight\":3}")
                .expect(201);
        assertThat(openAi().get("credential").stringValue()).isEqualTo("token");

        server.run(RUN).problem(502, "provider_authentication_failed");

        assertThat(openAi().get("tokens")).isEqualTo(Json.parse("{\"active\":0,\"set_aside\":2}"));
        assertThat(openAi().get("credential").stringValue()).as("it serves now").isEqualTo("environment");
        var token = server.get("/api/v1/tokens").expect(200).get("data").get(0);
        assertThat(token.get("status").stringValue()).isEqualTo("set_aside");
        assertThat(token.get("set_aside_reason").stringValue())
                .startsWith("OpenAI refused the credential (401): No 401.");
        assertThat(token.get("set_aside_at").stringValue()).matches("\\d{4}-.*Z");
        says = ANSWER;
        server.post("/api/v1/tokens/" + token.get("id").stringValue(), "{\"token\":\"sk-new-0123456789\"}")
                .expect(200);
        assertThat(openAi().get("tokens")).isEqualTo(Json.parse("{\"active\":1,\"set_aside\":1}"));
        var attempt = server.run(RUN).expect(200).get("attempts").get(0);
        assertThat(attempt.get("token_id")).isEqualTo(token.get("id"));
    }
}
