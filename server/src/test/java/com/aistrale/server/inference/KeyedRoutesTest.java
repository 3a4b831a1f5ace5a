package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.app.TestServer.Answer;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.http.RawServer;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request with an Idempotency-Key: run once, answered as often as it comes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KeyedRoutesTest {
    private static final String NATIVE = "/api/v1/inferences";
    private static final String OPENAI = "/v1/chat/completions";
    private static final String PLAIN = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}";
    private static final String STREAM = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"stream\":true}";
    private static final String RESUMABLE =
            "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"stream\":true,\"resumable\":true}";
    private static final String OPENAI_PLAIN =
            "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String OPENAI_STREAM = OPENAI_PLAIN.replace("}]}", "}],\"stream\":true}");
    private static final String[] INFERENCE_HEADERS = {
        "content-type", "x-aistrale-inference-id", "x-aistrale-provider", "x-aistrale-cost-usd"
    };

    @TempDir
    Path folder;

    /** What a provider waits for before it answers, and between two words of a stream. */
    private final Semaphore go = new Semaphore(1_000_000);

    /** How the next requests are answered; null: well. */
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

    private final Semaphore asked = new Semaphore(0);

    /** What time it is; null: what it is. */
    private final AtomicReference<@Nullable Instant> fixed = new AtomicReference<>();

    /** Whether the next run that has its answer fails with an Error. */
    private final AtomicBoolean broken = new AtomicBoolean();

    private RawServer upstream;
    TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                asked.release();
                var failing = failure.get();
                if (failing != null && !failing.equals("break off")) {
                    go.acquire();
                    line.write(failing);
                } else if (request.contains("\"stream\":true")) {
                    OpenAiUpstream.beginStream(line);
                    for (var word : List.of("One", " two", " three")) {
                        go.acquire();
                        line.chunk(OpenAiUpstream.delta(word));
                    }
                    if (failing != null) {
                        return;
                    }
                    go.acquire();
                    OpenAiUpstream.endStream(line);
                } else {
                    go.acquire();
                    line.write(OpenAiUpstream.answer(
                            "One two three, run " + upstream.requests().size()));
                }
            }
        });
        serve();
    }

    private void serve() throws Exception {
        server = TestServer.in(folder)
                .openAi(upstream.url())
                .clock(this::time)
                .environment("AISTRALE_SHUTDOWN_GRACE_MS", "400")
                .start();
    }

    private Instant time() {
        if (broken.get()
                && StackWalker.getInstance()
                        .walk(frames ->
                                frames.anyMatch(frame -> frame.getMethodName().equals("succeeded")))
                && broken.getAndSet(false)) {
            throw new OutOfMemoryError("as it may come anywhere");
        }
        return Objects.requireNonNullElseGet(fixed.get(), Instant::now);
    }

    @AfterEach
    void close() throws Exception {
        go.release(1_000_000);
        server.close();
        upstream.close();
    }

    private HttpRequest.Builder request(String path, String json, String key) {
        return server.request("POST", path, json, server.key()).header("idempotency-key", key);
    }

    private Answer send(String path, String json, String key) throws Exception {
        return server.send(request(path, json, key));
    }

    private Answer send(String json, String key) throws Exception {
        return send(NATIVE, json, key);
    }

    private Answer resume(String json, String key, String lastEventId) throws Exception {
        return server.send(request(NATIVE, json, key).header("last-event-id", lastEventId));
    }

    private int paid() {
        return upstream.requests().size();
    }

    /** From now on the provider waits. */
    private void hold() {
        go.drainPermits();
    }

    private RawClient raw(String path, String json, String key) throws IOException {
        return new RawClient(server.port())
                .post(path, "Authorization: Bearer " + server.key() + "\r\nIdempotency-Key: " + key + "\r\n", json);
    }

    private static void isReplayOf(Answer first, Answer again) {
        assertThat(first.header("idempotency-replayed")).isNull();
        assertThat(again.header("idempotency-replayed")).isEqualTo("true");
        assertThat(again.status()).isEqualTo(first.status());
        assertThat(again.body()).isEqualTo(first.body());
        for (var header : INFERENCE_HEADERS) {
            assertThat(again.header(header)).as(header).isEqualTo(first.header(header));
        }
    }

    @Test
    void theSameAgainIsAnsweredAgainAndCostsNothing() throws Exception {
        var first = send(PLAIN, "k");
        first.expect(200);
        assertThat(first.header("x-aistrale-cost-usd")).isNotNull();

        isReplayOf(first, send(PLAIN, "k"));
        isReplayOf(first, send(PLAIN, "k"));
        assertThat(paid()).isEqualTo(1);
        assertThat(server.records()).hasSize(1);
    }

    @Test
    void soItIsInOpenAisFormat() throws Exception {
        var plain = send(OPENAI, OPENAI_PLAIN, "k");
        isReplayOf(plain, send(OPENAI, OPENAI_PLAIN, "k"));
        var stream = send(OPENAI, OPENAI_STREAM, "s");
        assertThat(stream.body()).endsWith("data: [DONE]\n\n");
        isReplayOf(stream, send(OPENAI, OPENAI_STREAM, "s"));
        assertThat(paid()).isEqualTo(2);
    }

    @Test
    void aStreamComesAgainByteForByte() throws Exception {
        for (var json : List.of(STREAM, RESUMABLE)) {
            var first = send(json, "k" + json.length());
            assertThat(Events.of(first.body()).text()).isEqualTo("One two three");
            assertThat(Events.of(first.body()).all())
                    .extracting(Events.Event::id)
                    .containsExactly(1, 2, 3, 4);
            isReplayOf(first, send(json, "k" + json.length()));
        }
        assertThat(paid()).isEqualTo(2);
    }

    @Test
    void anotherBodyIsAMismatch() throws Exception {
        send(PLAIN, "k").expect(200);

        var detail = send(PLAIN.replace("Hello", "Good bye"), "k").problem(409, "idempotency_mismatch");
        assertThat(detail).contains("used with another body");
        var spaced = send(PLAIN + " ", "k");
        spaced.problem(409, "idempotency_mismatch");
        assertThat(spaced.header("x-should-retry")).isEqualTo("false");
        assertThat(paid()).isEqualTo(1);
    }

    @Test
    void theSameKeyOnTwoRoutesIsTwoKeys() throws Exception {
        send(PLAIN, "k").expect(200);
        assertThat(send(OPENAI, OPENAI_PLAIN, "k").header("idempotency-replayed"))
                .isNull();
        assertThat(paid()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"!", "~ ~", "a' OR '1'='1", "\"quoted\"; --", "%00 \\n {}", "ключ"})
    void oddKeysAreKeysAndWhatIsNotAsciiIsNone(String key) throws Exception {
        if (key.chars().allMatch(c -> c < 127)) {
            isReplayOf(send(PLAIN, key), send(PLAIN, key));
            assertThat(paid()).isEqualTo(1);
            return;
        }
        try (var client = new RawClient(server.port())) {
            client.post(
                    NATIVE,
                    "Authorization: Bearer " + server.key() + "\r\nIdempotency-Key: " + key
                            + "\r\nConnection: close\r\n",
                    PLAIN);
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 400 ").contains("printable ASCII");
        }
        assertThat(paid()).isZero();
    }

    @Test
    void aKeyHas255CharactersAtMost() throws Exception {
        isReplayOf(send(PLAIN, "k".repeat(255)), send(PLAIN, "k".repeat(255)));
        assertThat(send(PLAIN, "k".repeat(256)).problem(400, "invalid_request"))
                .isEqualTo("The header Idempotency-Key must be 1 to 255 printable ASCII characters, such as a UUID.");
        assertThat(paid()).isEqualTo(1);
        try (var client = raw(NATIVE, PLAIN, "")) {
            assertThat(client.readAnswer()).startsWith("HTTP/1.1 400 ").contains("Idempotency-Key");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, STREAM})
    void whoComesWhileItRunsWaitsForItsAnswer(String json) throws Exception {
        hold();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> send(json, "k"));
            asked.acquire();
            var second = threads.submit(() -> send(json, "k"));
            var third = threads.submit(() -> send(json, "k"));
            Thread.sleep(300);
            assertThat(second.isDone() || third.isDone()).isFalse();
            go.release(1_000_000);

            isReplayOf(first.get(), second.get());
            isReplayOf(first.get(), third.get());
        }
        assertThat(paid()).isEqualTo(1);
        assertThat(server.records()).hasSize(1);
    }

    @Test
    void manyAtOnceArePaidOnce() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new java.util.ArrayList<java.util.concurrent.Future<Answer>>();
            for (int i = 0; i < 40; i++) {
                int number = i;
                all.add(threads.submit(() -> send(PLAIN, "k" + number % 4)));
            }
            var bodies = new java.util.TreeSet<String>();
            for (var each : all) {
                each.get().expect(200);
                bodies.add(each.get().body());
            }
            assertThat(bodies).hasSize(4);
        }
        assertThat(paid()).isEqualTo(4);
    }

    @Test
    void aWaitHasTheDeadlineOfItsRequest() throws Exception {
        hold();
        var patient = PLAIN.replace("}", ",\"timeout_ms\":1500,\"resumable\":true}");
        try (var first = raw(NATIVE, patient, "k")) {
            asked.acquire();
            long begin = System.nanoTime();
            var second = send(patient, "k");
            assertThat(second.problem(504, "provider_timeout")).contains("ms");
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(4000));
            assertThat(first.readAnswer()).startsWith("HTTP/1.1 504 ");
        }
        go.release(1_000_000);
        send(patient, "k").expect(200);
    }

    @Test
    void aFailureBeforeTheFirstByteLeavesTheKeyFree() throws Exception {
        for (var json : List.of(PLAIN, STREAM, RESUMABLE)) {
            var key = "k" + json.length();
            failure.set(OpenAiUpstream.error(400, "", "Not so."));
            var failed = send(json, key);
            failed.problem(400, "provider_rejected");
            assertThat(failed.header("x-aistrale-inference-id")).startsWith("inf_");
            failure.set(null);
            var answered = send(json, key);
            assertThat(answered.status()).isEqualTo(200);
            if (!json.equals(PLAIN)) {
                assertThat(Events.of(answered.body()).all())
                        .extracting(Events.Event::id)
                        .startsWith(1, 2);
            }
        }
    }

    @Test
    void whoWaitedForAFailureRunsItHimself() throws Exception {
        hold();
        failure.set(OpenAiUpstream.error(400, "", "Not so."));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> send(PLAIN, "k"));
            asked.acquire();
            var second = threads.submit(() -> send(PLAIN, "k"));
            Thread.sleep(200);
            go.release();
            asked.acquire();
            assertThat(first.get().status()).isEqualTo(400);
            assertThat(second.isDone()).isFalse();
            go.release();
            assertThat(second.get().status()).isEqualTo(400);
            assertThat(second.get().header("idempotency-replayed")).isNull();
        }
        assertThat(paid()).isEqualTo(2);
    }

    /** By such a number the events of the run that comes next would be passed over. */
    @Test
    void aFailureThatIsNoEventOfARunHasNoNumber() throws Exception {
        hold();
        failure.set(OpenAiUpstream.error(400, "", "Not so."));
        try (var first = raw(NATIVE, STREAM, "k")) {
            asked.acquire();
            try (var second = raw(NATIVE, STREAM, "k")) {
                second.readUntil(": keep-alive\n\n");
                go.release();
                assertThat(first.readUntil("\r\n0\r\n\r\n"))
                        .as("which sent a comment meanwhile, and is run anew by whoever comes next")
                        .contains("event: error\ndata: {")
                        .contains("\"provider_rejected\"")
                        .doesNotContain("\nid:");
                assertThat(second.readUntil("\r\n0\r\n\r\n"))
                        .contains("event: error\ndata: {")
                        .contains("\"overloaded\"")
                        .doesNotContain("\nid:");
            }
        }
    }

    /** Each of them looks at the database again and again. */
    @Test
    void aWorkspaceHasItsOwnPlacesToWait() throws Exception {
        hold();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> send(PLAIN, "k"));
            asked.acquire();
            var waiting = new ArrayList<Future<Answer>>();
            for (int i = 0; i < 70; i++) {
                waiting.add(threads.submit(() -> send(PLAIN, "k")));
            }
            await().until(() -> waiting.stream().filter(Future::isDone).count() == 6);
            for (var each : waiting) {
                if (each.isDone()) {
                    assertThat(each.get().problem(503, "overloaded")).startsWith("This workspace has 64 requests");
                    assertThat(each.get().header("retry-after")).isEqualTo("1");
                }
            }
            resume(STREAM, "other", "1").problem(409, "conflict");
            go.release(1_000_000);
            first.get().expect(200);
            var statuses = new ArrayList<Integer>();
            for (var each : waiting) {
                statuses.add(each.get().status());
            }
            assertThat(statuses).filteredOn(status -> status == 200).hasSize(64);
            hold();
            var next = threads.submit(() -> send(PLAIN, "next"));
            asked.acquire();
            var follower = threads.submit(() -> send(PLAIN, "next"));
            Thread.sleep(300);
            assertThat(follower.isDone()).as("there is a place again").isFalse();
            go.release(1_000_000);
            isReplayOf(next.get(), follower.get());
        }
    }

    /** Such as an OutOfMemoryError: it costs its own inference and no other. */
    @ParameterizedTest
    @ValueSource(strings = {PLAIN, STREAM, RESUMABLE})
    void anErrorInARunEndsIt(String json) throws Exception {
        var budget = server.post("/api/v1/budgets", """
                        {"name":"b","scope":{"type":"workspace"},"period":"total","limit_usd":10,"action":"block"}""").expect(201).get("id").stringValue();
        broken.set(true);
        try {
            assertThat(send(json, "k").status()).isEqualTo(json.equals(RESUMABLE) ? 200 : 500);
        } catch (IOException closed) {
            assertThat(json).isNotEqualTo(RESUMABLE);
        }
        assertThat(broken).isFalse();

        var record = server.records().getFirst();
        assertThat(record.get("status").stringValue()).isEqualTo("failed");
        assertThat(record.get("error").get("code").stringValue()).isEqualTo("internal");
        assertThat(server.get("/api/v1/budgets/" + budget)
                        .expect(200)
                        .get("current")
                        .get("reserved_usd")
                        .decimalValue())
                .isZero();
        var again = send(json, "k");
        assertThat(again.status()).isEqualTo(200);
        if (json.equals(PLAIN)) {
            assertThat(paid()).isEqualTo(2);
        } else {
            assertThat(Events.of(again.body()).last().get("code").stringValue()).isEqualTo("internal");
            assertThat(paid()).as("what was told stays told").isEqualTo(1);
        }
    }

    @Test
    void aStreamThatBrokeIsKeptWithItsError() throws Exception {
        failure.set("break off");
        for (var json : List.of(STREAM, RESUMABLE)) {
            var first = send(json, "k" + json.length());
            assertThat(Events.of(first.body()).types()).containsExactly("delta", "delta", "delta", "error");
            isReplayOf(first, send(json, "k" + json.length()));
        }
        var first = send(OPENAI, OPENAI_STREAM, "k");
        assertThat(first.body()).contains("\"error\"").doesNotContain("[DONE]");
        isReplayOf(first, send(OPENAI, OPENAI_STREAM, "k"));
        assertThat(paid()).isEqualTo(3);
    }

    // ── Last-Event-ID ───────────────────────────────────────────────────────────────────────────────────────────────

    @ParameterizedTest
    @ValueSource(strings = {STREAM, STREAM + "\n"})
    void theRestOfAStreamBeginsBehindTheLastEvent(String json) throws Exception {
        var whole = send(json, "k").body();
        var events = whole.split("(?<=\n\n)");
        assertThat(events).hasSize(4);

        for (int seen = 0; seen <= 4; seen++) {
            var rest = resume(json, "k", String.valueOf(seen));
            assertThat(rest.status()).isEqualTo(200);
            assertThat(rest.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
            assertThat(rest.body()).isEqualTo(String.join("", List.of(events).subList(seen, 4)));
        }
        assertThat(resume(json, "k", "5").problem(409, "conflict")).contains("behind the event 5");
        assertThat(resume(json, "k", "1000001").problem(409, "conflict")).contains("Nothing was run");
        assertThat(paid()).isEqualTo(1);
    }

    @Test
    void theRestOfAStreamOfOpenAisFormatIsCounted() throws Exception {
        var whole = send(OPENAI, OPENAI_STREAM, "k").body();

        var rest = server.send(request(OPENAI, OPENAI_STREAM, "k").header("last-event-id", "1"));

        assertThat(rest.body()).isEqualTo(whole.substring(whole.indexOf("\n\n") + 2));
        assertThat(rest.body()).endsWith("[DONE]\n\n");
    }

    @Test
    void nothingIsRunForTheRestOfWhatIsNotThere() throws Exception {
        resume(STREAM, "unknown", "3").problem(409, "conflict");
        assertThat(server.send(server.request("POST", NATIVE, STREAM, server.key())
                                .header("last-event-id", "3"))
                        .problem(400, "invalid_request"))
                .contains("needs the Idempotency-Key");
        assertThat(resume(PLAIN, "k", "3").problem(400, "invalid_request")).contains("stream");
        for (var wrong : List.of("x", "-1", "1.5", "12345678901")) {
            assertThat(resume(STREAM, "k", wrong).problem(400, "invalid_request"))
                    .contains("must be the number of an event");
        }
        assertThat(paid()).isZero();
        assertThat(server.records()).isEmpty();
    }

    // ── clients that leave ──────────────────────────────────────────────────────────────────────────────────────────

    @Test
    void whoLeavesOneThatIsNotResumableEndsItAndNoTwoRunsAreMixed() throws Exception {
        hold();
        try (var client = raw(NATIVE, STREAM, "k")) {
            go.release(2);
            client.readUntil("id: 2\n");
        }
        await().until(() ->
                server.records().getFirst().get("status").stringValue().equals("cancelled"));
        go.release(1_000_000);

        resume(STREAM, "k", "2").problem(409, "conflict");
        assertThat(paid()).isEqualTo(1);
        var second = send(STREAM, "k");
        assertThat(Events.of(second.body()).all())
                .extracting(Events.Event::id)
                .containsExactly(1000001, 1000002, 1000003, 1000004);
        resume(STREAM, "k", "2").problem(409, "conflict");
        assertThat(resume(STREAM, "k", "1000002").body()).startsWith("event: delta\nid: 1000003\n");
        assertThat(paid()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, OPENAI_PLAIN})
    void whoLeavesAPlainOneLeavesTheKeyFree(String json) throws Exception {
        var path = json.equals(PLAIN) ? NATIVE : OPENAI;
        hold();
        try (var _ = raw(path, json, "k")) {
            asked.acquire();
        }
        await().until(() ->
                server.records().getFirst().get("status").stringValue().equals("cancelled"));
        go.release(1_000_000);
        send(path, json, "k").expect(200);
        assertThat(paid()).isEqualTo(2);
    }

    @Test
    void whoLeavesAResumableOneFindsItAgain() throws Exception {
        hold();
        String before;
        try (var client = raw(NATIVE, RESUMABLE, "k")) {
            go.release(1);
            before = client.readUntil("\"One\"}\n\n");
        }
        Thread.sleep(300);
        assertThat(server.records().getFirst().get("status").stringValue()).isEqualTo("running");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var rest = threads.submit(() -> resume(RESUMABLE, "k", "1"));
            var whole = threads.submit(() -> send(RESUMABLE, "k"));
            resume(RESUMABLE, "k", "2").problem(409, "conflict"); // that was not said yet
            go.release(1_000_000);
            var all = whole.get();
            assertThat(Events.of(all.body()).text()).isEqualTo("One two three");
            assertThat(all.body()).startsWith("event: delta\nid: 1\ndata: {\"text\":\"One\"}\n\n");
            assertThat(before).endsWith("event: delta\nid: 1\ndata: {\"text\":\"One\"}\n\n");
            assertThat(rest.get().body())
                    .isEqualTo(all.body().substring(all.body().indexOf("\n\n") + 2));
            assertThat(rest.get().header("idempotency-replayed")).isEqualTo("true");
            assertThat(rest.get().header("x-aistrale-inference-id"))
                    .isEqualTo(server.records().getFirst().get("id").stringValue());
            assertThat(resume(RESUMABLE, "k", "1").body()).isEqualTo(rest.get().body());
        }
        assertThat(paid()).isEqualTo(1);
        assertThat(server.records()).hasSize(1);
        assertThat(server.records().getFirst().get("status").stringValue()).isEqualTo("completed");
    }

    @Test
    void whoFollowsAResumableOneHearsEachEventAtOnce() throws Exception {
        hold();
        try (var first = raw(NATIVE, RESUMABLE, "k")) {
            go.release(1);
            first.readUntil("\"One\"}\n\n");
            try (var second = raw(NATIVE, RESUMABLE, "k")) {
                assertThat(second.readUntil("\"One\"}\n\n").toLowerCase(java.util.Locale.ROOT))
                        .contains("idempotency-replayed: true")
                        .contains("x-aistrale-provider: openai");
                go.release(1);
                first.readUntil("\" two\"}\n\n");
                second.readUntil("\" two\"}\n\n");
                go.release(1_000_000);
                assertThat(first.readUntil("\r\n0\r\n\r\n")).contains("event: completed");
                assertThat(second.readUntil("\r\n0\r\n\r\n")).contains("event: completed");
            }
        }
        assertThat(paid()).isEqualTo(1);
    }

    @Test
    void aPlainOneThatIsResumableGoesOnToo() throws Exception {
        var json = PLAIN.replace("}", ",\"resumable\":true}");
        hold();
        try (var _ = raw(NATIVE, json, "k")) {
            asked.acquire();
        }
        Thread.sleep(300);
        go.release(1_000_000);

        var answer = send(json, "k");
        assertThat(answer.expect(200).get("text").stringValue()).isEqualTo("One two three, run 1");
        assertThat(answer.header("idempotency-replayed")).isEqualTo("true");
        assertThat(paid()).isEqualTo(1);
        var other = send(json, "l");
        isReplayOf(other, send(json, "l"));
    }

    @Test
    void toGoOnAnInferenceNeedsAKey() throws Exception {
        var answer = server.run(RESUMABLE);
        assertThat(answer.problem(400, "invalid_request"))
                .isEqualTo("/resumable: needs the header Idempotency-Key, by which the inference is found again");
        assertThat(answer.json().get("errors").get(0).get("pointer").stringValue())
                .isEqualTo("/resumable");
    }

    // ── the end of a server, of a day, of a database ────────────────────────────────────────────────────────────────

    @Test
    void anotherServerOnTheSameDataKnowsTheAnswers() throws Exception {
        var plain = send(PLAIN, "k");
        var stream = send(RESUMABLE, "s");
        server.close();
        serve();

        isReplayOf(plain, send(PLAIN, "k"));
        isReplayOf(stream, send(RESUMABLE, "s"));
        assertThat(resume(RESUMABLE, "s", "3").body()).startsWith("event: completed\nid: 4\n");
        assertThat(paid()).isEqualTo(2);
    }

    @Test
    void whatAKilledServerRanIsRunAgain() throws Exception {
        hold();
        String id;
        try (var client = raw(NATIVE, RESUMABLE, "k");
                var file = server.database()) {
            go.release(1);
            client.readUntil("\"One\"}\n\n");
            id = server.records().getFirst().get("id").stringValue();
            file.execute("CREATE TABLE kept AS SELECT * FROM inference");
            file.execute("CREATE TABLE kept_key AS SELECT * FROM idempotency_key");
            server.drain();
            server.close();
            file.execute("DELETE FROM inference");
            file.execute("DELETE FROM idempotency_key");
            file.execute("INSERT INTO inference SELECT * FROM kept");
            file.execute("INSERT INTO idempotency_key SELECT * FROM kept_key");
            assertThat(file.rows("SELECT state FROM idempotency_key")).containsExactly("running");
        }
        go.release(1_000_000);
        serve();

        assertThat(server.record(id).get("status").stringValue()).isEqualTo("interrupted");
        resume(RESUMABLE, "k", "1").problem(409, "conflict");
        var answer = send(RESUMABLE, "k");
        assertThat(Events.of(answer.body()).text()).isEqualTo("One two three");
        assertThat(Events.of(answer.body()).all().getFirst().id()).isEqualTo(1000001);
        assertThat(paid()).isEqualTo(2);
    }

    @Test
    void aServerThatStopsFinishesWhatGoesOn() throws Exception {
        hold();
        try (var _ = raw(NATIVE, RESUMABLE, "k")) {
            asked.acquire();
        }
        var draining = Thread.ofVirtual().start(this::drain);
        Thread.sleep(100);
        go.release(1_000_000);
        draining.join();
        server.close();
        serve();

        assertThat(Events.of(send(RESUMABLE, "k").body()).text()).isEqualTo("One two three");
        assertThat(paid()).isEqualTo(1);
    }

    @Test
    void whatDoesNotEndInTheGraceIsInterruptedAndCanBeRunAgain() throws Exception {
        hold();
        try (var reader = raw(NATIVE, RESUMABLE, "k")) {
            go.release(1);
            asked.acquire();
            reader.readUntil("\"One\"}\n\n");
            var follower = raw(NATIVE, RESUMABLE, "k");
            var plain = raw(NATIVE, PLAIN, "p");
            asked.acquire();
            var waiting = raw(NATIVE, PLAIN, "p");
            Thread.sleep(200);
            drain();
            server.close();
            assertThat(reader.readToEnd()).contains("event: error").contains("\"interrupted\"");
            assertThat(follower.readToEnd()).contains("event: error").contains("\"interrupted\"");
            assertThat(plain.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"interrupted\"");
            assertThat(waiting.readAnswer()).startsWith("HTTP/1.1 ").contains("The server");
            for (var client : List.of(follower, plain, waiting)) {
                client.close();
            }
        }
        go.release(1_000_000);
        serve();
        assertThat(Events.of(send(RESUMABLE, "k").body()).text()).isEqualTo("One two three");
        send(PLAIN, "p").expect(200);
    }

    private void drain() {
        try {
            server.drain();
        } catch (InterruptedException unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    @Test
    void afterADayAKeyIsFree() throws Exception {
        var begun = Instant.parse("2026-11-26T01:02:03.004Z");
        fixed.set(begun);
        send(PLAIN, "k").expect(200);
        fixed.set(begun.plus(Duration.ofHours(24)));
        assertThat(send(PLAIN, "k").header("idempotency-replayed")).isEqualTo("true");
        fixed.set(begun.plus(Duration.ofHours(24)).plusMillis(1));

        assertThat(send(PLAIN.replace("Hello", "Good bye"), "k").header("idempotency-replayed"))
                .isNull();
        assertThat(paid()).isEqualTo(2);
    }

    @Test
    void anAnswerThatCouldNotBeRecordedIsNotKept() throws Exception {
        try (var file = server.database()) {
            if (file.isPostgres()) {
                file.execute("ALTER TABLE inference ADD CONSTRAINT disk_full CHECK (status = 'running') NOT VALID");
            } else {
                file.execute("CREATE TRIGGER full BEFORE UPDATE ON inference WHEN new.status <> 'running'"
                        + " BEGIN SELECT raise(ABORT, 'disk full'); END");
            }
            for (var json : List.of(PLAIN, PLAIN.replace("}", ",\"resumable\":true}"))) {
                send(json, "k" + json.length()).problem(503, "database_unavailable");
            }
            for (var json : List.of(STREAM, RESUMABLE)) {
                var events = Events.of(send(json, "k" + json.length()).body());
                assertThat(events.types()).containsExactly("delta", "delta", "delta", "error");
                assertThat(events.last().get("code").stringValue()).isEqualTo("database_unavailable");
            }
            assertThat(paid()).isEqualTo(4);
            file.execute(file.isPostgres() ? "ALTER TABLE inference DROP CONSTRAINT disk_full" : "DROP TRIGGER full");
            await().until(() -> file.rows("SELECT id FROM inference WHERE status = 'running'")
                    .isEmpty());
            assertThat(file.rows("SELECT DISTINCT state FROM idempotency_key")).containsExactly("released");
        }
        for (var json : List.of(PLAIN, STREAM, RESUMABLE)) {
            assertThat(send(json, "k" + json.length()).status()).isEqualTo(200);
        }
        assertThat(paid()).isEqualTo(7);
    }

    /** Also before that is said in the database. */
    @Test
    void aRetryRightAfterAnAnswerThatCouldNotBeRecordedIsRun() throws Exception {
        try (var file = server.database()) {
            if (file.isPostgres()) {
                file.execute("ALTER TABLE inference ADD CONSTRAINT once CHECK (error_code IS NOT NULL"
                        + " OR status = 'running' OR metadata = '{}') NOT VALID");
            } else {
                file.execute("CREATE TRIGGER once BEFORE UPDATE ON inference WHEN new.error_code IS NULL"
                        + " AND new.status <> 'running' AND new.metadata <> '{}'"
                        + " BEGIN SELECT raise(ABORT, 'once'); END");
            }
            var json = PLAIN.replace("}", ",\"metadata\":{\"a\":\"1\"}}");
            send(json, "k").problem(503, "database_unavailable");
            file.execute(file.isPostgres() ? "ALTER TABLE inference DROP CONSTRAINT once" : "DROP TRIGGER once");
            send(json, "k").expect(200);
            assertThat(paid()).isEqualTo(2);
        }
    }

    // ── what must not be left behind ────────────────────────────────────────────────────────────────────────────────

    @Test
    void withAUsersDeletionTheAnswersGo() throws Exception {
        var json = PLAIN.replace("}", ",\"metadata\":{\"user\":\"ann\"}}");
        send(json, "k").expect(200);
        send(PLAIN, "other").expect(200);

        server.post("/api/v1/telemetry/deletions", "{\"user\":\"ann\"}").expect(200);

        try (var file = server.database()) {
            assertThat(file.rows("SELECT key FROM idempotency_key")).containsExactly("other");
        }
        assertThat(send(json, "k").header("idempotency-replayed")).isNull();
    }

    // ── cancel ──────────────────────────────────────────────────────────────────────────────────────────────────────

    private Answer cancel(String id) throws Exception {
        return server.send(server.request("POST", NATIVE + "/" + id + "/cancel", null, server.key()));
    }

    private String only() throws Exception {
        await().until(() -> server.records().size() == 1);
        return server.records().getFirst().get("id").stringValue();
    }

    @Test
    void aPlainInferenceIsCancelledAndWhoeverWaitsHearsIt() throws Exception {
        hold();
        try (var client = raw(NATIVE, PLAIN, "k")) {
            asked.acquire();
            var id = only();
            try (var waiting = raw(NATIVE, PLAIN, "k")) {
                Thread.sleep(200);
                var record = cancel(id).expect(200);
                assertThat(record.get("status").stringValue()).isEqualTo("cancelled");
                assertThat(record.get("error").get("code").stringValue()).isEqualTo("cancelled");
                assertThat(client.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"cancelled\"");
                assertThat(waiting.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"cancelled\"");
                assertThat(cancel(id).expect(200)).isEqualTo(record);
            }
        }
        assertThat(paid()).isEqualTo(1);
        go.release(1_000_000);
        send(PLAIN, "k").expect(200); // it is free for who wants it after all
    }

    @ParameterizedTest
    @ValueSource(strings = {STREAM, RESUMABLE})
    void aStreamIsCancelledWithAnErrorThatIsKept(String json) throws Exception {
        hold();
        try (var client = raw(NATIVE, json, "k")) {
            go.release(1);
            client.readUntil("\"One\"}\n\n");
            var id = server.records().getFirst().get("id").stringValue();
            assertThat(cancel(id).expect(200).get("status").stringValue()).isEqualTo("cancelled");
            assertThat(client.readUntil("\r\n0\r\n\r\n"))
                    .contains("event: error\nid: 2\n")
                    .contains("\"code\":\"cancelled\"");
        }
        assertThat(Events.of(send(json, "k").body()).types()).containsExactly("delta", "error");
        assertThat(paid()).isEqualTo(1);
    }

    @Test
    void withoutAKeyToo() throws Exception {
        hold();
        try (var client = new RawClient(server.port())) {
            client.post(OPENAI, "Authorization: Bearer " + server.key() + "\r\n", OPENAI_PLAIN);
            asked.acquire();
            cancel(only()).expect(200);
            assertThat(client.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"cancelled\"");
        }
    }

    @Test
    void whatHasEndedStaysAndWhatIsNotThereIsNotFound() throws Exception {
        var answer = server.run(PLAIN).expect(200);
        var id = answer.get("id").stringValue();
        assertThat(cancel(id).expect(200).get("status").stringValue()).isEqualTo("completed");
        cancel("inf_00000000000000000000000000").problem(404, "not_found");
        cancel("x").problem(404, "not_found");
    }

    /** It completes, or it is cancelled, and everybody hears the same. */
    @Test
    void cancellingRacesWithTheEnd() throws Exception {
        for (int i = 0; i < 20; i++) {
            hold();
            try (var client = raw(NATIVE, PLAIN, "k" + i)) {
                asked.acquire();
                int number = i;
                await().until(() -> server.records().size() == number + 1);
                var id = server.records().getFirst().get("id").stringValue();
                go.release(1_000_000);
                var status = cancel(id).expect(200).get("status").stringValue();
                var told = client.readAnswer();
                assertThat(status).isIn("completed", "cancelled");
                assertThat(told).startsWith(status.equals("completed") ? "HTTP/1.1 200 " : "HTTP/1.1 409 ");
                assertThat(server.record(id).get("status").stringValue()).isEqualTo(status);
            }
        }
    }

    // ── cancel by key ───────────────────────────────────────────────────────────────────────────────────────────────

    private Answer cancelKey(String key) throws Exception {
        return server.send(
                server.request("POST", NATIVE + "/cancel", null, server.key()).header("idempotency-key", key));
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, STREAM, RESUMABLE})
    void byItsKeyAnInferenceIsCancelledThatHasSaidNothing(String json) throws Exception {
        hold();
        try (var client = raw(NATIVE, json, "k")) {
            asked.acquire();
            var record = cancelKey("k").expect(200);
            assertThat(record.get("status").stringValue()).isEqualTo("cancelled");
            assertThat(record.get("id").stringValue()).isEqualTo(only());
            assertThat(record.get("cost_usd").isNull()).isTrue();
            assertThat(client.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"cancelled\"");
            assertThat(cancelKey("k").expect(200)).isEqualTo(record);
        }
        go.release(1_000_000);
        send(json, "k").problem(409, "cancelled");
        assertThat(send(json, "another").status()).isEqualTo(200);
        assertThat(paid()).isEqualTo(2);
    }

    /** As a client does whose time is over before it has heard anything. */
    @Test
    void byItsKeyAnInferenceIsCancelledThatNobodyWaitsFor() throws Exception {
        hold();
        try (var _ = raw(NATIVE, RESUMABLE, "k")) {
            asked.acquire();
        }
        assertThat(cancelKey("k").expect(200).get("status").stringValue()).isEqualTo("cancelled");
    }

    @Test
    void whatComesAfterItsCancellingIsNotRunForAWhile() throws Exception {
        fixed.set(Instant.parse("2026-11-26T01:02:03Z"));
        cancelKey("k").problem(404, "not_found");
        assertThat(send(RESUMABLE, "k").problem(409, "cancelled"))
                .isEqualTo(
                        "The request was cancelled by its Idempotency-Key, at 2026-11-26T01:02:03Z: what comes with this"
                                + " key within 30 s of that is not run. Use another key, or send it again after that.");
        assertThat(server.records()).isEmpty();
        assertThat(paid()).isZero();
        send(OPENAI, OPENAI_PLAIN, "k").expect(200); // another route's key

        fixed.set(Instant.parse("2026-11-26T01:02:33Z"));
        assertThat(send(RESUMABLE, "k").body()).startsWith("event: delta\nid: 1\n");
        assertThat(cancelKey("k").expect(200).get("status").stringValue()).isEqualTo("completed");
        assertThat(send(RESUMABLE, "k").body()).startsWith("event: delta\nid: 1\n");
        assertThat(paid()).isEqualTo(2);
    }

    /** At whatever moment it comes, nothing goes on behind it, and nothing is begun. */
    @Test
    void cancellingByKeyRacesWithTheRequest() throws Exception {
        hold();
        for (int i = 0; i < 25; i++) {
            try (var client = raw(NATIVE, RESUMABLE, "k" + i)) {
                Thread.sleep(0, i * 200_000 % 999_999);
                var told = cancelKey("k" + i);
                assertThat(told.status()).isIn(200, 404);
                assertThat(client.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"cancelled\"");
            }
        }
        assertThat(server.records())
                .allSatisfy(
                        record -> assertThat(record.get("status").stringValue()).isEqualTo("cancelled"));
    }

    @Test
    void withoutItsKeyNothingIsCancelled() throws Exception {
        assertThat(server.send(server.request("POST", NATIVE + "/cancel", null, server.key()))
                        .problem(400, "invalid_request"))
                .isEqualTo("The header Idempotency-Key is missing: the key of the request to cancel. By the id of its"
                        + " inference it is POST /api/v1/inferences/ID/cancel.");
        cancelKey(" ").problem(400, "invalid_request");
        cancelKey("k".repeat(256)).problem(400, "invalid_request");
    }
}
