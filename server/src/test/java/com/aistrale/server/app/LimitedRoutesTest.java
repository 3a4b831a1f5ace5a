package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer.Answer;
import com.aistrale.server.contract.Contract;
import com.aistrale.server.contract.Contract.Operation;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** The limits of API keys by the front door: over every operation that the contract says costs money. */
@Timeout(60)
class LimitedRoutesTest {
    private static final String RUN = "{\"prompt\":\"Hi\",\"model\":\"gpt-4o\"}";

    @TempDir
    Path folder;

    private final AtomicReference<Instant> clock =
            new AtomicReference<>(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    private final AtomicReference<String> answer = new AtomicReference<>(OpenAiUpstream.answer("Hello"));
    private RawServer upstream;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                if (request.contains("\"stream\":true")) {
                    OpenAiUpstream.stream(line, "Hel", "lo");
                } else {
                    line.write(answer.get());
                }
            }
        });
        server = TestServer.in(folder).openAi(upstream.url()).clock(clock::get).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    private ObjectNode make(String limits) throws Exception {
        return server.post("/api/v1/api-keys", "{\"name\":\"limited\"" + limits + "}")
                .expect(201);
    }

    private Answer change(ObjectNode key, String limits) throws Exception {
        return server.post("/api/v1/api-keys/" + key.get("id").stringValue(), limits);
    }

    private Answer send(ObjectNode key, String path, String body) throws Exception {
        return server.send(server.request("POST", path, body, key.get("key").stringValue()));
    }

    private Answer run(ObjectNode key, String body) throws Exception {
        return send(key, "/api/v1/inferences", body);
    }

    private static Map<String, String> limits(Answer answer) {
        var headers = new TreeMap<String, String>();
        answer.response().headers().map().forEach((name, values) -> {
            if (name.startsWith("x-ratelimit-")) {
                headers.put(name.substring("x-ratelimit-".length()), String.join(",", values));
            }
        });
        return headers;
    }

    static List<Operation> costly() {
        var costly = Contract.written().operations().stream()
                .filter(operation -> operation.node().path("x-costs").asBoolean(false))
                .toList();
        assertThat(costly).extracting(Operation::id).contains("runInference", "createChatCompletion");
        return costly;
    }

    private static String body(Operation operation, boolean stream) {
        var body = RoutesTable.ALL.stream()
                .filter(route -> route.mounted().equals(operation.name()))
                .map(RoutesTable.Route::body)
                .findFirst()
                .orElseThrow();
        return Objects.requireNonNull(body)
                .replace("\"max_tokens\":4096,", "")
                .replace("\"demo/demo\"", "\"gpt-4o\",\"max_output_tokens\":100,\"stream\":" + stream)
                .replace("max_output_tokens", operation.path().startsWith("/v1/") ? "max_tokens" : "max_output_tokens");
    }

    @ParameterizedTest
    @MethodSource("costly")
    void everyOperationThatCostsIsRefusedWhenTheRequestsAreUsedUp(Operation operation) throws Exception {
        for (var stream : List.of(false, true)) {
            var key = make(",\"requests_per_minute\":2");
            var body = body(operation, stream);
            var first = send(key, operation.path(), body);
            assertThat(first.status()).as(first.body()).isEqualTo(200);
            assertThat(limits(first))
                    .isEqualTo(Map.of("limit-requests", "2", "remaining-requests", "1", "reset-requests", "30s"));
            assertThat(limits(send(key, operation.path(), body)))
                    .isEqualTo(Map.of("limit-requests", "2", "remaining-requests", "0", "reset-requests", "1m0s"));
            int asked = upstream.requests().size();
            int records = server.records().size();

            var refused = send(key, operation.path(), body);

            assertThat(refused.status()).as(refused.body()).isEqualTo(429);
            assertThat(code(refused)).isEqualTo("rate_limited");
            assertThat(refused.body())
                    .contains("The API key " + key.get("id").stringValue()
                            + " may begin 2 requests a minute (requests_per_minute), and has. The next one may begin in"
                            + " 30s.");
            assertThat(refused.header("retry-after")).isEqualTo("30");
            assertThat(refused.header("retry-after-ms")).isEqualTo("30000");
            assertThat(refused.header("x-should-retry")).isNull();
            assertThat(refused.header("x-aistrale-inference-id")).isNull();
            assertThat(limits(refused))
                    .isEqualTo(Map.of("limit-requests", "2", "remaining-requests", "0", "reset-requests", "1m0s"));
            assertThat(upstream.requests()).hasSize(asked);
            assertThat(server.records()).hasSize(records);

            clock.updateAndGet(now -> now.plusSeconds(30));
            assertThat(send(key, operation.path(), body).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @MethodSource("costly")
    void everyOperationThatCostsIsRefusedWhenTheTokensAreUsedUp(Operation operation) throws Exception {
        for (var stream : List.of(false, true)) {
            var key = make(",\"tokens_per_minute\":100");
            var body = body(operation, stream);
            assertThat(send(key, operation.path(), body).status())
                    .as("more than a minute's, alone")
                    .isEqualTo(200);
            int asked = upstream.requests().size();

            var refused = send(key, operation.path(), body);

            assertThat(refused.status()).as(refused.body()).isEqualTo(429);
            assertThat(code(refused)).isEqualTo("rate_limited");
            assertThat(refused.body())
                    .contains("The API key " + key.get("id").stringValue()
                            + " may use 100 tokens a minute (tokens_per_minute), of which 87 are left; this request may"
                            + " use 100. It may begin in 7.8s; with a lower limit for its output it may use less.");
            assertThat(refused.header("retry-after")).isEqualTo("8");
            assertThat(limits(refused))
                    .isEqualTo(Map.of("limit-tokens", "100", "remaining-tokens", "87", "reset-tokens", "7.8s"));
            assertThat(upstream.requests()).hasSize(asked);
            clock.updateAndGet(now -> now.plusMillis(7800));
            assertThat(send(key, operation.path(), body).status()).isEqualTo(200);
        }
    }

    private static String code(Answer answer) {
        var json = Json.parse(answer.body());
        return (json.has("error") ? json.get("error") : json).get("code").stringValue();
    }

    @Test
    void anAnswerTellsWhatItLeftAndAStreamWhatItMayLeave() throws Exception {
        var key = make(",\"requests_per_minute\":60,\"tokens_per_minute\":10000");

        var answered = run(key, RUN);
        answered.expect(200);
        assertThat(limits(answered))
                .as("9 and 4 tokens")
                .isEqualTo(Map.of(
                        "limit-requests", "60",
                        "remaining-requests", "59",
                        "reset-requests", "1s",
                        "limit-tokens", "10000",
                        "remaining-tokens", "9987",
                        "reset-tokens", "78ms"));

        var streamed = run(key, RUN.replace("}", ",\"stream\":true,\"max_output_tokens\":1000}"));
        assertThat(streamed.status()).isEqualTo(200);
        assertThat(limits(streamed))
                .as("a letter's two bytes, a message, and all of the output")
                .containsEntry("remaining-tokens", String.valueOf(9987 - 1 - 16 - 1000))
                .containsEntry("remaining-requests", "58");
        assertThat(limits(run(key, RUN))).containsEntry("remaining-tokens", String.valueOf(10000 - 3 * 13));
    }

    @Test
    void aFailureTellsItTooAndGivesItsTokensBack() throws Exception {
        var key = make(",\"requests_per_minute\":60,\"tokens_per_minute\":10000");
        answer.set(OpenAiUpstream.error(400, "", "No such thing."));
        var rejected = run(key, RUN);
        rejected.problem(400, "provider_rejected");
        assertThat(limits(rejected))
                .containsEntry("remaining-requests", "59")
                .containsEntry("remaining-tokens", "10000");

        answer.set(OpenAiUpstream.error(401, "", "Wrong key."));
        var failed = run(key, RUN);
        failed.problem(502, "provider_authentication_failed");
        assertThat(limits(failed)).containsEntry("remaining-requests", "58").containsEntry("remaining-tokens", "10000");

        var wrong = run(key, "{\"prompt\":7}");
        wrong.problem(400, "invalid_request");
        assertThat(limits(wrong)).as("it is not counted").containsEntry("remaining-requests", "58");
        var unknown = run(key, "{\"prompt\":\"Hi\",\"model\":\"nobody-has-this\"}");
        unknown.problem(422, "no_provider");
        assertThat(limits(unknown)).isEmpty();
        assertThat(limits(run(key, "{\"prompt\":7}"))).containsEntry("remaining-requests", "58");
    }

    @Test
    void aKeyWithoutLimitsHearsNothingOfThem() throws Exception {
        var key = make("");

        assertThat(limits(run(key, RUN))).isEmpty();
        try (var database = server.database()) {
            assertThat(database.rows("SELECT * FROM key_limit")).isEmpty();
        }
    }

    @Test
    void aChangedLimitHoldsFromTheNextCallOn() throws Exception {
        var key = make(",\"requests_per_minute\":1");
        run(key, RUN).expect(200);
        run(key, RUN).problem(429, "rate_limited");

        change(key, "{\"requests_per_minute\":3}").expect(200);
        assertThat(limits(run(key, RUN)))
                .isEqualTo(Map.of("limit-requests", "3", "remaining-requests", "1", "reset-requests", "40s"));
        change(key, "{\"requests_per_minute\":1}").expect(200);
        run(key, RUN).problem(429, "rate_limited");
        change(key, "{\"requests_per_minute\":null}").expect(200);
        for (int i = 0; i < 3; i++) {
            assertThat(limits(run(key, RUN))).isEmpty();
        }
        change(key, "{\"tokens_per_minute\":1}").expect(200);
        assertThat(run(key, RUN).expect(200).get("text").stringValue())
                .as("an untouched bucket takes one")
                .isEqualTo("Hello");
        run(key, RUN).problem(429, "rate_limited");
        clock.updateAndGet(now -> now.plus(Duration.ofMinutes(13)));
        run(key, RUN).expect(200);
    }

    @Test
    void aKeyTellsItsOwnLimits() throws Exception {
        var key = make(",\"requests_per_minute\":60");

        var me = server.send(server.request("/api/v1/whoami", key.get("key").stringValue()))
                .expect(200);
        assertThat(me.get("requests_per_minute").intValue()).isEqualTo(60);
        assertThat(me.get("tokens_per_minute").isNull()).isTrue();
        assertThat(server.get("/api/v1/whoami")
                        .expect(200)
                        .get("requests_per_minute")
                        .isNull())
                .isTrue();
    }

    @Test
    void whoChangedALimitIsInTheAuditLog() throws Exception {
        var key = make(",\"requests_per_minute\":60");
        clock.updateAndGet(now -> now.plusSeconds(1));
        change(key, "{\"requests_per_minute\":null,\"tokens_per_minute\":5000}").expect(200);

        var newest = server.get("/api/v1/audit-log").expect(200).get("data").get(0);
        assertThat(newest.get("action").stringValue()).isEqualTo("api_key.updated");
        assertThat(newest.get("detail")).isEqualTo(Json.parse("""
                        {"requests_per_minute": {"before": 60, "after": null},
                         "tokens_per_minute": {"before": null, "after": 5000}}"""));
    }
}
