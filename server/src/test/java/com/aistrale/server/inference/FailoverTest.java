package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A provider that fails is asked again, then others are, all before the deadline, and nobody behind the first byte. */
@Timeout(60)
class FailoverTest {
    private static final String PLAIN = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}";
    private static final String STREAM = with(PLAIN, "\"stream\":true");
    private static final String WAY_OUT = "\"fallbacks\":[\"groq/other\"]";
    private static final String OPENAI = "/v1/chat/completions";

    @TempDir
    Path folder;

    private RawServer first = broken();
    private RawServer second = broken();
    private TestServer server;

    private static RawServer broken() {
        try {
            return Turns.upstream(Turns.fails(500));
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** A server with OpenAI and Groq, played by these. */
    private void start(RawServer openAi, RawServer groq) throws Exception {
        first.close();
        second.close();
        first = openAi;
        second = groq;
        server = builder().start();
    }

    private TestServer.Builder builder() {
        return TestServer.in(folder)
                .openAi(first.url())
                .environment("GROQ_API_KEY", "gsk-test")
                .environment("AISTRALE_PROVIDERS_GROQ_BASE_URL", second.url());
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        first.close();
        second.close();
    }

    private static String with(String body, String field) {
        return body.replaceFirst("}$", "," + java.util.regex.Matcher.quoteReplacement(field) + "}");
    }

    /** {@code provider model outcome status}, of each. */
    private static List<String> attempts(JsonNode of) {
        return of.get("attempts")
                .valueStream()
                .map(attempt -> attempt.get("provider").stringValue() + " "
                        + attempt.get("model").stringValue() + " "
                        + attempt.get("outcome").stringValue() + " "
                        + attempt.get("upstream_status"))
                .toList();
    }

    private JsonNode recordOf(TestServer.Answer answer) throws Exception {
        return server.record(String.valueOf(answer.header("x-aistrale-inference-id")));
    }

    private JsonNode onlyRecord() throws Exception {
        assertThat(server.records()).hasSize(1);
        return server.records().getFirst();
    }

    @Test
    void whatFailsOnceIsAskedAgain() throws Exception {
        start(Turns.upstream(Turns.fails(500), Turns.answers("At last.")), broken());

        var answer = server.run(PLAIN);

        var json = answer.expect(200);
        assertThat(json.get("text").stringValue()).isEqualTo("At last.");
        assertThat(attempts(json)).containsExactly("openai gpt-4o provider_failed 500", "openai gpt-4o completed 200");
        assertThat(json.get("attempts").get(0).propertyNames())
                .containsExactly("provider", "model", "outcome", "latency_ms", "token_id", "upstream_status");
        assertThat(json.get("attempts").get(0).get("token_id").isNull())
                .as("of the environment")
                .isTrue();
        assertThat(first.requests()).hasSize(2);
        var record = recordOf(answer);
        assertThat(record.get("attempts")).isEqualTo(json.get("attempts"));
        assertThat(record.get("status").stringValue()).isEqualTo("completed");
        try (var file = server.database()) {
            assertThat(file.rows("SELECT type FROM event")).containsExactly("inference.completed");
        }
    }

    @Test
    void whoFailsThreeTimesIsNotAskedAFourthTime() throws Exception {
        start(Turns.upstream(Turns.fails(500), Turns.fails(502), Turns.fails(503)), broken());

        var answer = server.run(PLAIN);

        assertThat(answer.problem(502, "provider_failed")).isEqualTo("OpenAI failed (503): No 503.");
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("openai");
        assertThat(first.requests()).hasSize(3);
        assertThat(attempts(recordOf(answer)))
                .containsExactly(
                        "openai gpt-4o provider_failed 500",
                        "openai gpt-4o provider_failed 502",
                        "openai gpt-4o provider_failed 503");
        try (var file = server.database()) {
            var data = Json.parse(file.rows("SELECT data FROM event").getFirst());
            assertThat(attempts(data)).isEqualTo(attempts(recordOf(answer)));
        }
    }

    @Test
    void thenTheFallbackIsAskedAndTheRecordIsOfTheOneThatAnswered() throws Exception {
        start(Turns.upstream(Turns.fails(500)), Turns.upstream(Turns.answers("From Groq.")));

        var answer = server.run(with(PLAIN, "\"fallbacks\":[\"groq/openai/gpt-oss-120b\"]"));

        var json = answer.expect(200);
        assertThat(json.get("text").stringValue()).isEqualTo("From Groq.");
        assertThat(json.get("provider").stringValue()).isEqualTo("groq");
        assertThat(json.get("model").stringValue()).isEqualTo("openai/gpt-oss-120b");
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("groq");
        assertThat(attempts(json))
                .containsExactly(
                        "openai gpt-4o provider_failed 500",
                        "openai gpt-4o provider_failed 500",
                        "openai gpt-4o provider_failed 500",
                        "groq openai/gpt-oss-120b completed 200");
        var record = recordOf(answer);
        assertThat(record.get("provider").stringValue()).isEqualTo("groq");
        assertThat(record.get("model").stringValue()).isEqualTo("openai/gpt-oss-120b");
        assertThat(record.get("requested_model").stringValue()).isEqualTo("gpt-4o");
        // 9 input tokens at 0.15 and 4 output tokens at 0.60 dollars a million: Groq's prices
        assertThat(record.get("cost_usd").decimalValue()).isEqualByComparingTo("0.00000375");
    }

    /** A circuit of its own for each run, so that none opens. */
    @Test
    void whoFailsHalfOfTheTimeEndsWellWithFewTries() throws Exception {
        var failing = new Random(7);
        start(
                new RawServer(line -> {
                    while (line.request() != null) {
                        line.write(
                                failing.nextBoolean()
                                        ? OpenAiUpstream.error(500, "", "Half.")
                                        : OpenAiUpstream.answer("Well."));
                    }
                }),
                broken());

        var expected = new Random(7);
        var seen = new ArrayList<Integer>();
        for (int i = 0; i < 24; i++) {
            int calls = 1;
            while (calls <= 3 && expected.nextBoolean()) {
                calls++;
            }
            var answer = server.run("{\"prompt\":\"Hello\",\"model\":\"openai/m-" + i + "\"}");
            if (calls > 3) {
                answer.problem(502, "provider_failed");
                assertThat(recordOf(answer).get("attempts")).hasSize(3);
            } else {
                assertThat(answer.expect(200).get("attempts")).hasSize(calls);
            }
            seen.add(calls);
        }
        assertThat(seen).contains(1, 2, 3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoHangsHasHalfOfTheTimeWhileThereIsAnother(boolean stream) throws Exception {
        start(
                Turns.upstream(Turns.hangs()),
                Turns.upstream(stream ? Turns.streams("From", " Groq.") : Turns.answers("From Groq.")));

        long begin = System.nanoTime();
        var answer = server.run(with(with(stream ? STREAM : PLAIN, WAY_OUT), "\"timeout_ms\":3000"));
        var elapsed = Duration.ofNanos(System.nanoTime() - begin);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("groq");
        var json = stream ? Events.of(answer.body()).last() : answer.json();
        assertThat(json.get("text").stringValue()).isEqualTo("From Groq.");
        assertThat(attempts(json)).containsExactly("openai gpt-4o provider_timeout null", "groq other completed 200");
        assertThat(elapsed).isBetween(Duration.ofMillis(1450), Duration.ofMillis(2600));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whenAllHangTheDeadlineHolds(boolean stream) throws Exception {
        start(Turns.upstream(Turns.hangs()), Turns.upstream(Turns.hangs()));

        long begin = System.nanoTime();
        var answer = server.run(with(with(stream ? STREAM : PLAIN, WAY_OUT), "\"timeout_ms\":1000"));
        var elapsed = Duration.ofNanos(System.nanoTime() - begin);

        assertThat(answer.problem(504, "provider_timeout")).matches("Groq did not answer within (3|4|5)\\d\\d ms\\.");
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("groq");
        assertThat(attempts(recordOf(answer)))
                .containsExactly("openai gpt-4o provider_timeout null", "groq other provider_timeout null");
        assertThat(elapsed).isBetween(Duration.ofMillis(950), Duration.ofMillis(1700));
    }

    /** Five seconds of silence bring the head of the stream with a comment: that is no piece of an answer. */
    @Test
    void aStreamThatWasKeptAliveGoesToTheFallbackToo() throws Exception {
        start(Turns.upstream(Turns.hangs()), Turns.upstream(Turns.streams("From", " Groq.")));

        var answer = server.run(with(with(STREAM, WAY_OUT), "\"timeout_ms\":12000"));

        assertThat(answer.body()).startsWith(": keep-alive\n\nevent: delta\nid: 1\n");
        assertThat(answer.header("x-aistrale-provider"))
                .as("the head left with the comment, when OpenAI was still asked")
                .isEqualTo("openai");
        var events = Events.of(answer.body());
        assertThat(events.types()).containsExactly("delta", "delta", "completed");
        assertThat(events.last().get("provider").stringValue()).isEqualTo("groq");
        assertThat(events.last().get("text").stringValue()).isEqualTo("From Groq.");
    }

    @ParameterizedTest
    @CsvSource({"/api/v1/inferences,false", "/api/v1/inferences,true", OPENAI + ",false", OPENAI + ",true"})
    void oneByteASecondIsNotWaitedForBeyondTheDeadline(String path, boolean stream) throws Exception {
        first.close();
        first = Turns.upstream(stream ? Turns.dripsAStream() : Turns.drips(OpenAiUpstream.answer("Slow.")));
        server = builder().environment("AISTRALE_INFERENCE_TIMEOUT_MS", "1500").start();
        var body = path.equals(OPENAI)
                ? "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                : PLAIN;

        long begin = System.nanoTime();
        var answer = server.post(path, stream ? with(body, "\"stream\":true") : body);
        var elapsed = Duration.ofNanos(System.nanoTime() - begin);

        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.body()).contains("\"provider_timeout\"", "OpenAI did not answer within 1");
        assertThat(elapsed).isBetween(Duration.ofMillis(1450), Duration.ofMillis(2200));
        assertThat(first.requests()).hasSize(1);
        assertThat(attempts(onlyRecord())).containsExactly("openai gpt-4o provider_timeout 200");
    }

    @Test
    void aStreamThatBreaksBeforeItSaidAnythingIsAskedForAgain() throws Exception {
        start(Turns.upstream(Turns.breaksOff(), Turns.streams("Whole", " now.")), broken());

        var answer = server.run(STREAM);

        var events = Events.of(answer.body());
        assertThat(events.types()).containsExactly("delta", "delta", "completed");
        assertThat(events.text()).isEqualTo("Whole now.");
        assertThat(attempts(events.last()))
                .containsExactly("openai gpt-4o provider_failed 200", "openai gpt-4o completed 200");
    }

    @Test
    void behindTheFirstByteNobodyIsAskedAgain() throws Exception {
        start(Turns.upstream(Turns.breaksOff("Half an")), Turns.upstream(Turns.streams("never")));

        var answer = server.run(with(STREAM, WAY_OUT));

        assertThat(answer.status()).isEqualTo(200);
        var events = Events.of(answer.body());
        assertThat(events.types()).containsExactly("delta", "error");
        assertThat(events.text()).isEqualTo("Half an");
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("openai");
        assertThat(first.requests()).hasSize(1);
        assertThat(second.requests()).isEmpty();
        assertThat(attempts(onlyRecord())).containsExactly("openai gpt-4o provider_failed 200");
    }

    @Test
    void behindTheFirstByteNobodyIsAskedAgainInOpenAisFormatEither() throws Exception {
        start(Turns.upstream(Turns.breaksOff("Half an")), Turns.upstream(Turns.streams("never")));
        alias("fast", "{\"model\":\"openai/gpt-4o\"," + WAY_OUT + "}");

        var answer = server.post(OPENAI, chat("fast", true));

        assertThat(answer.body()).contains("\"content\":\"Half an\"", "\"code\":\"provider_failed\"");
        assertThat(answer.body()).doesNotContain("[DONE]");
        assertThat(first.requests()).hasSize(1);
        assertThat(second.requests()).isEmpty();
    }

    @Test
    void whoAsksToWaitShortlyIsWaitedFor() throws Exception {
        start(Turns.upstream(Turns.fails(429, "retry-after: 1\r\n"), Turns.answers("Now.")), broken());

        long begin = System.nanoTime();
        var json = server.run(with(PLAIN, WAY_OUT)).expect(200);

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(1000));
        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_rate_limited 429", "openai gpt-4o completed 200");
        assertThat(second.requests()).isEmpty();
    }

    @Test
    void whoAsksToWaitLongIsLeft() throws Exception {
        start(Turns.upstream(Turns.fails(429, "retry-after: 11\r\n")), Turns.upstream(Turns.answers("From Groq.")));

        long begin = System.nanoTime();
        var json = server.run(with(PLAIN, WAY_OUT)).expect(200);

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_rate_limited 429", "groq other completed 200");
    }

    @Test
    void withoutAnotherTheCallerIsToldToWaitLong() throws Exception {
        start(Turns.upstream(Turns.fails(429, "retry-after: 11\r\n")), broken());

        var answer = server.run(PLAIN);

        answer.problem(429, "provider_rate_limited");
        assertThat(answer.header("retry-after")).isEqualTo("11");
        assertThat(first.requests()).hasSize(1);
    }

    @Test
    void aWaitThatWouldEndBehindTheDeadlineIsNotBegun() throws Exception {
        start(Turns.upstream(Turns.fails(503, "retry-after: 5\r\n")), broken());

        long begin = System.nanoTime();
        var answer = server.run(with(PLAIN, "\"timeout_ms\":3000"));

        answer.problem(502, "provider_failed");
        assertThat(answer.header("retry-after")).isEqualTo("5");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
        assertThat(first.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 402})
    void whereTheModelIsAtFaultTheNextIsAskedAtOnce(int status) throws Exception {
        start(Turns.upstream(Turns.fails(status)), Turns.upstream(Turns.answers("From Groq.")));

        var json = server.run(with(PLAIN, WAY_OUT)).expect(200);

        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_rejected " + status, "groq other completed 200");
    }

    @Test
    void whatTheProviderRefusesIsNotAskedAgain() throws Exception {
        start(Turns.upstream(Turns.fails(400)), Turns.upstream(Turns.answers("never")));

        var answer = server.run(with(PLAIN, WAY_OUT));

        answer.problem(400, "provider_rejected");
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
        assertThat(first.requests()).hasSize(1);
        assertThat(second.requests()).isEmpty();
    }

    @Test
    void whoCannotBeReachedIsTriedAgainAndThenLeft() throws Exception {
        first.close();
        int closed;
        try (var socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        second.close();
        second = Turns.upstream(Turns.answers("From Groq."));
        server = builder().openAi("http://127.0.0.1:" + closed).start();

        var json = server.run(with(PLAIN, WAY_OUT)).expect(200);

        assertThat(attempts(json))
                .containsExactly(
                        "openai gpt-4o provider_unavailable null",
                        "openai gpt-4o provider_unavailable null",
                        "openai gpt-4o provider_unavailable null",
                        "groq other completed 200");
    }

    @Test
    void aTokenThatIsRefusedIsSetAsideAndAnotherIsTakenAtOnce() throws Exception {
        start(Turns.upstream(Turns.fails(401), Turns.answers("With the other.")), broken());
        var tokens = List.of(token("sk-one-of-two-0123456789"), token("sk-two-of-two-0123456789"));

        var json = server.run(PLAIN).expect(200);

        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_authentication_failed 401", "openai gpt-4o completed 200");
        var used = json.get("attempts")
                .valueStream()
                .map(attempt -> attempt.get("token_id").stringValue())
                .toList();
        assertThat(used).containsExactlyInAnyOrderElementsOf(tokens);
        var states = new ArrayList<String>();
        server.get("/api/v1/tokens")
                .expect(200)
                .get("data")
                .forEach(token -> states.add(token.get("id").stringValue() + " "
                        + token.get("status").stringValue()));
        assertThat(states).containsExactlyInAnyOrder(used.get(0) + " set_aside", used.get(1) + " active");
        assertThat(server.run(PLAIN)
                        .expect(200)
                        .get("attempts")
                        .get(0)
                        .get("token_id")
                        .stringValue())
                .isEqualTo(used.get(1));
    }

    private String token(String secret) throws Exception {
        return server.post("/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"" + secret + "\"}")
                .expect(201)
                .get("id")
                .stringValue();
    }

    @Test
    void aTokenThatIsLimitedGivesWayToAnotherAtOnce() throws Exception {
        start(Turns.upstream(Turns.fails(429, "retry-after: 9\r\n"), Turns.answers("With the other.")), broken());
        token("sk-one-of-two-0123456789");
        token("sk-two-of-two-0123456789");

        long begin = System.nanoTime();
        var json = server.run(PLAIN).expect(200);

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_rate_limited 429", "openai gpt-4o completed 200");
        var attempts = json.get("attempts");
        assertThat(attempts.get(0).get("token_id")).isNotEqualTo(attempts.get(1).get("token_id"));
    }

    @Test
    void aTokenThatWasRefusedIsNotTakenForTheNextModelEither() throws Exception {
        start(Turns.upstream(Turns.fails(401)), Turns.upstream(Turns.answers("From Groq.")));
        token("sk-one-of-two-0123456789");
        token("sk-two-of-two-0123456789");

        var json = server.run(with(PLAIN, "\"fallbacks\":[\"openai/gpt-4o-mini\",\"groq/other\"]"))
                .expect(200);

        assertThat(attempts(json))
                .as("with both tokens and the environment's")
                .containsExactly(
                        "openai gpt-4o provider_authentication_failed 401",
                        "openai gpt-4o provider_authentication_failed 401",
                        "openai gpt-4o provider_authentication_failed 401",
                        "openai gpt-4o-mini provider_authentication_failed null",
                        "groq other completed 200");
        assertThat(first.requests()).hasSize(3);
    }

    @Test
    void aTokenThatIsLimitedIsTakenForTheNextModel() throws Exception {
        start(Turns.upstream(Turns.fails(429, "retry-after: 60\r\n"), Turns.answers("The small one.")), broken());
        var token = token("sk-only-one-0123456789");

        var json = server.run(with(PLAIN, "\"fallbacks\":[\"openai/gpt-4o-mini\"]"))
                .expect(200);

        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_rate_limited 429", "openai gpt-4o-mini completed 200");
        assertThat(json.get("attempts").get(1).get("token_id").stringValue()).isEqualTo(token);
    }

    /** @return the tokens of a provider: the first is set aside, the second in use */
    private List<String> oneIsSetAside() throws Exception {
        var refused = token("sk-one-of-two-0123456789");
        server.run(PLAIN).expect(200);
        return List.of(refused, token("sk-two-of-two-0123456789"));
    }

    private static List<String> tokens(JsonNode of) {
        return of.get("attempts")
                .valueStream()
                .map(attempt -> attempt.get("token_id").stringValue())
                .toList();
    }

    @Test
    void aTokenThatIsLimitedIsWaitedForWhereTheOtherOneIsSetAside() throws Exception {
        start(
                Turns.upstream(
                        Turns.fails(401),
                        Turns.answers("From the environment."),
                        Turns.fails(429, "retry-after: 1\r\n"),
                        Turns.answers("After a wait.")),
                broken());
        var tokens = oneIsSetAside();

        var json = server.run(PLAIN).expect(200);

        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_rate_limited 429", "openai gpt-4o completed 200");
        assertThat(tokens(json)).containsExactly(tokens.get(1), tokens.get(1));
    }

    @Test
    void aTokenThatIsLimitedIsWaitedForWhereTheOtherOneTurnsOutToBeRefused() throws Exception {
        start(
                Turns.upstream(
                        Turns.fails(429, "retry-after: 1\r\n"), Turns.fails(401), Turns.answers("After a wait.")),
                broken());
        token("sk-one-of-two-0123456789");
        token("sk-two-of-two-0123456789");

        var json = server.run(PLAIN).expect(200);

        assertThat(attempts(json))
                .containsExactly(
                        "openai gpt-4o provider_rate_limited 429",
                        "openai gpt-4o provider_authentication_failed 401",
                        "openai gpt-4o completed 200");
        var used = tokens(json);
        assertThat(used.get(2)).isEqualTo(used.get(0)).isNotEqualTo(used.get(1));
    }

    @Test
    void whereTheLimitLastsTooLongItIsTheLimitThatIsTold() throws Exception {
        start(Turns.upstream(Turns.fails(429, "retry-after: 60\r\n"), Turns.fails(401)), broken());
        token("sk-one-of-two-0123456789");
        token("sk-two-of-two-0123456789");

        var answer = server.run(PLAIN);

        answer.problem(429, "provider_rate_limited");
        assertThat(answer.header("retry-after")).isEqualTo("60");
        assertThat(first.requests()).hasSize(2);
    }

    @Test
    void aTokenThatIsLimitedIsTakenForTheNextModelRatherThanOneThatIsSetAside() throws Exception {
        start(
                Turns.upstream(
                        Turns.fails(401),
                        Turns.answers("From the environment."),
                        Turns.fails(429, "retry-after: 60\r\n"),
                        Turns.answers("The small one.")),
                broken());
        var tokens = oneIsSetAside();

        var json = server.run(with(PLAIN, "\"fallbacks\":[\"openai/gpt-4o-mini\"]"))
                .expect(200);

        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_rate_limited 429", "openai gpt-4o-mini completed 200");
        assertThat(tokens(json)).containsExactly(tokens.get(1), tokens.get(1));
    }

    @Test
    void withoutAnotherTokenTheNextModelIsAsked() throws Exception {
        start(Turns.upstream(Turns.fails(401)), Turns.upstream(Turns.answers("From Groq.")));

        var json = server.run(with(PLAIN, WAY_OUT)).expect(200);

        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_authentication_failed 401", "groq other completed 200");
    }

    @Test
    void whoCannotSayTheRequestIsLeftOutAndTheLastProvidersErrorComesBack() throws Exception {
        start(Turns.upstream(Turns.fails(500)), broken());
        server.post("/api/v1/tokens", "{\"provider\":\"anthropic\",\"token\":\"sk-ant-0123456789\"}")
                .expect(201);

        var answer = server.run(with(PLAIN, "\"seed\":1,\"fallbacks\":[\"anthropic/claude-haiku-4-5\"]"));

        assertThat(answer.problem(502, "provider_failed")).startsWith("OpenAI failed (500)");
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("openai");
        var record = recordOf(answer);
        assertThat(attempts(record))
                .containsExactly(
                        "openai gpt-4o provider_failed 500",
                        "openai gpt-4o provider_failed 500",
                        "openai gpt-4o provider_failed 500",
                        "anthropic claude-haiku-4-5 invalid_request null");
        assertThat(record.get("provider").stringValue()).isEqualTo("openai");
    }

    @Test
    void whatTheFirstCannotSayIsARequestAtFault() throws Exception {
        start(broken(), Turns.upstream(Turns.answers("never")));
        server.post("/api/v1/tokens", "{\"provider\":\"anthropic\",\"token\":\"sk-ant-0123456789\"}")
                .expect(201);

        var answer =
                server.run("{\"prompt\":\"Hi\",\"model\":\"anthropic/claude-haiku-4-5\",\"seed\":1," + WAY_OUT + "}");

        answer.problem(400, "invalid_request");
        assertThat(second.requests()).isEmpty();
    }

    @Test
    void aFallbackWithoutATokenIsLeftOut() throws Exception {
        start(Turns.upstream(Turns.fails(404)), Turns.upstream(Turns.answers("From Groq.")));

        var json = server.run(with(PLAIN, "\"fallbacks\":[\"anthropic/claude-haiku-4-5\",\"groq/other\"]"))
                .expect(200);

        assertThat(attempts(json))
                .containsExactly(
                        "openai gpt-4o provider_rejected 404",
                        "anthropic claude-haiku-4-5 no_provider null",
                        "groq other completed 200");
    }

    @Test
    void aModelWithoutATokenGoesToItsFallback() throws Exception {
        start(broken(), Turns.upstream(Turns.answers("From Groq.")));

        var json = server.run("{\"prompt\":\"Hi\",\"model\":\"claude-haiku-4-5\"," + WAY_OUT + "}")
                .expect(200);

        assertThat(attempts(json))
                .containsExactly("anthropic claude-haiku-4-5 no_provider null", "groq other completed 200");
    }

    @Test
    void nobodyIsAskedTwice() throws Exception {
        start(Turns.upstream(Turns.fails(404)), Turns.upstream(Turns.fails(404)));

        var answer =
                server.run(with(PLAIN, "\"fallbacks\":[\"openai/gpt-4o\",\"groq/other\",\"groq/other\",\"gpt-4o\"]"));

        assertThat(answer.problem(400, "provider_rejected")).startsWith("Groq refused");
        assertThat(attempts(recordOf(answer)))
                .containsExactly("openai gpt-4o provider_rejected 404", "groq other provider_rejected 404");
    }

    @Test
    void anOpenCircuitCostsNoCallAndGoesToTheFallback() throws Exception {
        start(Turns.upstream(Turns.fails(500)), Turns.upstream(Turns.answers("From Groq.")));
        server.run(PLAIN).problem(502, "provider_failed");
        server.run(PLAIN).problem(502, "provider_failed"); // opens with its second call, the fifth of all
        assertThat(first.requests()).hasSize(5);

        var refused = server.run(PLAIN);
        var json = server.run(with(PLAIN, WAY_OUT)).expect(200);

        refused.problem(503, "provider_unavailable");
        assertThat(refused.header("retry-after")).isNotNull();
        var left = recordOf(refused).get("attempts");
        assertThat(left).hasSize(1);
        assertThat(left.get(0).get("outcome").stringValue()).isEqualTo("provider_unavailable");
        assertThat(attempts(json))
                .containsExactly("openai gpt-4o provider_unavailable null", "groq other completed 200");
        assertThat(first.requests()).hasSize(5);
    }

    @Test
    void aClientThatLeavesWhileItWaitsEndsIt() throws Exception {
        start(Turns.upstream(Turns.fails(429, "retry-after: 9\r\n")), broken());

        try (var client = post(PLAIN)) {
            await().until(() -> !first.requests().isEmpty());
            Thread.sleep(300); // it waits, and is watched
            client.reset();
        }

        await().atMost(Duration.ofSeconds(4))
                .until(() -> onlyRecord().get("status").stringValue().equals("cancelled"));
        var record = onlyRecord();
        assertThat(record.get("error").get("message").stringValue())
                .isEqualTo("The inference was cancelled: the client went away");
        assertThat(attempts(record)).containsExactly("openai gpt-4o provider_rate_limited 429");
        assertThat(first.requests()).hasSize(1);
    }

    @Test
    void aServerThatStopsWhileItWaitsEndsIt() throws Exception {
        first.close();
        first = Turns.upstream(Turns.fails(429, "retry-after: 9\r\n"));
        server = builder().environment("AISTRALE_SHUTDOWN_GRACE_MS", "200").start();

        try (var client = post(PLAIN)) {
            await().until(() -> !first.requests().isEmpty());
            long begin = System.nanoTime();
            server.drain();
            assertThat(client.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"interrupted\"");
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(3));
        }
        assertThat(first.requests()).hasSize(1);
    }

    private RawClient post(String json) throws IOException {
        return new RawClient(server.port())
                .post("/api/v1/inferences", "Authorization: Bearer " + server.key() + "\r\n", json);
    }

    @Test
    void fallbacksThatNobodyKnowsAreNamed() throws Exception {
        start(broken(), Turns.upstream(Turns.answers("never")));

        var answer = server.run(with(PLAIN, "\"fallbacks\":[\"groq/other\",\"opnai/gpt-4o\",\"frobnicator\"]"));

        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors")).isEqualTo(Json.parse("""
                [{"pointer":"/fallbacks/1","detail":"No provider is known for the model `opnai/gpt-4o`; did you mean\
                 `openai`? Or add the provider that has it: aistrale tokens add --provider NAME"},
                 {"pointer":"/fallbacks/2","detail":"No provider is known for the model `frobnicator`. Write\
                 provider/model, such as openai/frobnicator, or add the provider that has it: aistrale tokens add\
                 --provider NAME"}]"""));
        assertThat(server.records()).isEmpty();
        assertThat(first.requests()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"groq/other\"          | /fallbacks   | must be an array, not a string",
                "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"] | /fallbacks | has 6 models; at most 5 are asked in turn",
                "[\"groq/other\",7]      | /fallbacks/1 | must be a string, not the number 7",
                "[null]                  | /fallbacks/0 | must be a string, not null",
                "[\" \"]                 | /fallbacks/0 | is empty; name a model, such as `openai/gpt-4o`, or leave it out"
            })
    void fallbacksAtFaultAreNamed(String fallbacks, String pointer, String detail) throws Exception {
        start(broken(), broken());

        var answer = server.run(with(PLAIN, "\"fallbacks\":" + fallbacks));

        answer.problem(400, "invalid_request");
        var error = answer.json().get("errors").get(0);
        assertThat(error.get("pointer").stringValue()).isEqualTo(pointer);
        assertThat(error.get("detail").stringValue()).isEqualTo(detail);
        assertThat(answer.json().get("errors")).hasSize(1);
    }

    private void alias(String name, String json) throws Exception {
        server.send(server.request("PUT", "/api/v1/aliases/" + name, json, server.key()))
                .expect(200);
    }

    private static String chat(String model, boolean stream) {
        var body = "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
        return stream ? with(body, "\"stream\":true") : body;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAliasBringsItsFallbacksInOpenAisFormatToo(boolean stream) throws Exception {
        start(
                Turns.upstream(Turns.fails(404)),
                Turns.upstream(stream ? Turns.streams("From", " Groq.") : Turns.answers("From Groq.")));
        alias("fast", "{\"model\":\"openai/gpt-4o-mini\"," + WAY_OUT + "}");

        var answer = server.post(OPENAI, chat("fast", stream));

        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("From");
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("groq");
        assertThat(first.requests().getFirst()).contains("\"model\":\"gpt-4o-mini\"");
        assertThat(second.requests().getFirst()).contains("\"model\":\"other\"");
        var record = recordOf(answer);
        assertThat(record.get("requested_model").stringValue()).isEqualTo("fast");
        assertThat(record.get("model").stringValue()).isEqualTo("other");
        assertThat(attempts(record))
                .containsExactly("openai gpt-4o-mini provider_rejected 404", "groq other completed 200");
    }

    /** The demo's answer is no answer in OpenAI's format, so what is written names a model by our own word. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsWrittenInOpenAisFormatNamesTheModelThatAnswers(boolean stream) throws Exception {
        start(Turns.upstream(Turns.fails(404)), broken());
        alias("fast", "{\"model\":\"openai/gpt-4o-mini\",\"fallbacks\":[\"demo/demo\"]}");

        var answer = server.post(OPENAI, chat("fast", stream));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("demo");
        assertThat(answer.body()).contains("\"model\":\"demo\"").doesNotContain("gpt-4o-mini");
    }

    @Test
    void anAliasComesBeforeAModelOfItsName() throws Exception {
        start(broken(), Turns.upstream(Turns.answers("From Groq.")));
        alias("gpt-4o", "{\"model\":\"groq/other\"}");

        assertThat(server.run(PLAIN).expect(200).get("provider").stringValue()).isEqualTo("groq");
        server.run(PLAIN.replace("gpt-4o", "openai/gpt-4o")).problem(502, "provider_failed");
        server.run(with(PLAIN, "\"provider\":\"openai\"")).problem(502, "provider_failed");
    }

    @Test
    void anAliasOfItsOwnNameIsTheModelWithFallbacks() throws Exception {
        start(Turns.upstream(Turns.fails(404)), Turns.upstream(Turns.answers("From Groq.")));
        alias("gpt-4o", "{\"model\":\"gpt-4o\"," + WAY_OUT + "}");
        alias("gpt-4o", "{\"model\":\"gpt-4o\"," + WAY_OUT + "}");

        assertThat(attempts(server.run(PLAIN).expect(200)))
                .containsExactly("openai gpt-4o provider_rejected 404", "groq other completed 200");
    }

    @Test
    void theRequestsOwnFallbacksTakeThePlaceOfTheAliass() throws Exception {
        start(Turns.upstream(Turns.fails(404)), Turns.upstream(Turns.answers("From Groq.")));
        alias("fast", "{\"model\":\"openai/gpt-4o\",\"fallbacks\":[\"openai/gpt-4o-mini\"]}");

        var json = server.run("{\"prompt\":\"Hi\",\"model\":\"fast\"," + WAY_OUT + "}")
                .expect(200);

        assertThat(attempts(json)).containsExactly("openai gpt-4o provider_rejected 404", "groq other completed 200");
    }

    @Test
    void anAliasAsAFallbackStandsForAllOfItsModels() throws Exception {
        start(Turns.upstream(Turns.fails(404)), Turns.upstream(Turns.answers("From Groq.")));
        alias("spare", "{\"model\":\"openai/gpt-4o-mini\"," + WAY_OUT + "}");

        var json = server.run(with(PLAIN, "\"fallbacks\":[\"spare\"]")).expect(200);

        assertThat(attempts(json))
                .containsExactly(
                        "openai gpt-4o provider_rejected 404",
                        "openai gpt-4o-mini provider_rejected 404",
                        "groq other completed 200");
    }
}
