package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code POST /api/v1/inferences} with {@code "stream": true}, through the whole server. */
@Timeout(60)
class InferenceStreamTest {
    private static final String STREAM = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"stream\":true}";

    @TempDir
    Path folder;

    private RawServer upstream;
    private TestServer server;

    private void start(RawServer.Script script) throws Exception {
        upstream = new RawServer(script);
        server = TestServer.in(folder).openAi(upstream.url()).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    @Test
    void deltasThenTheWholeAnswer() throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.stream(line, "Hi", " there", ".");
        });

        var answer = server.run(STREAM);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(answer.header("cache-control")).isEqualTo("no-cache");
        assertThat(answer.header("x-request-id")).startsWith("req_");
        assertThat(answer.header("x-aistrale-cost-usd")).isNull();
        var events = Events.of(answer.body());
        assertThat(events.types()).containsExactly("delta", "delta", "delta", "completed");
        assertThat(events.all()).extracting(Events.Event::id).containsExactly(1, 2, 3, 4);
        assertThat(events.text()).isEqualTo("Hi there.");
        var completed = events.last();
        assertThat(completed.get("id").stringValue()).isEqualTo(answer.header("x-aistrale-inference-id"));
        assertThat(completed.get("text").stringValue()).isEqualTo("Hi there.");
        assertThat(completed.get("finish_reason").stringValue()).isEqualTo("stop");
        assertThat(completed.get("usage").get("output_tokens").intValue()).isEqualTo(4);
        assertThat(completed.get("cost_usd").decimalValue()).isEqualByComparingTo("0.0000625");
        assertThat(completed.get("time_to_first_token_ms").isIntegralNumber()).isTrue();
        var record = server.record(completed.get("id").stringValue());
        assertThat(record.get("streamed").booleanValue()).isTrue();
        for (var field : new String[] {"usage", "cost_usd", "latency_ms", "time_to_first_token_ms", "attempts"}) {
            assertThat(record.get(field)).as(field).isEqualTo(completed.get(field));
        }
    }

    @Test
    void aPieceIsOnItsWayBeforeTheNextIsThere() throws Exception {
        var gate = new CountDownLatch(1);
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
            line.chunk(OpenAiUpstream.delta("first"));
            gate.await();
            OpenAiUpstream.endStream(line);
        });
        try (var client = post(STREAM)) {
            assertThat(client.readUntil("\"first\"}\n\n")).endsWith("data: {\"text\":\"first\"}\n\n");
            gate.countDown();
            assertThat(client.readUntil("\r\n0\r\n\r\n")).contains("event: completed\n");
        }
    }

    @Test
    void anErrorBeforeTheFirstDeltaKeepsItsStatus() throws Exception {
        start(line -> {
            line.request();
            line.write(OpenAiUpstream.error(503, "", "Overloaded."));
        });

        var answer = server.run(STREAM);

        assertThat(answer.problem(502, "provider_failed")).isEqualTo("OpenAI failed (503): Overloaded.");
        assertThat(server.records().getFirst().get("status").stringValue()).isEqualTo("failed");
    }

    @Test
    void aStreamThatBreaksOffBeforeTheFirstDeltaKeepsItsStatusToo() throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
        });

        server.run(STREAM).problem(502, "provider_failed");
    }

    @Test
    void anErrorAfterTheFirstDeltaIsTheLastEvent() throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
            line.chunk(OpenAiUpstream.delta("Half an ans"));
        });

        var answer = server.run(STREAM);

        assertThat(answer.status()).isEqualTo(200);
        var events = Events.of(answer.body());
        assertThat(events.types()).containsExactly("delta", "error");
        var problem = events.last();
        assertThat(problem.get("code").stringValue()).isEqualTo("provider_failed");
        assertThat(problem.get("status").intValue()).isEqualTo(502);
        assertThat(problem.get("request_id").stringValue()).isEqualTo(answer.header("x-request-id"));
        var record = server.records().getFirst();
        assertThat(record.get("status").stringValue()).isEqualTo("failed");
        assertThat(record.get("cost_source").stringValue()).isEqualTo("estimated");
        assertThat(record.get("usage").get("output_tokens").intValue())
                .as("11 characters, four a token")
                .isEqualTo(3);
        assertThat(record.get("time_to_first_token_ms").isIntegralNumber()).isTrue();
    }

    @Test
    void toolCallsComeInPiecesAndWholeAtTheEnd() throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
            line.chunk(
                    tool(
                            "{\"index\":0,\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}"));
            line.chunk(tool("{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}"));
            line.chunk(tool("{\"index\":0,\"function\":{\"arguments\":\":1}\"}}"));
            OpenAiUpstream.endStream(line);
        });

        var events = Events.of(server.run(STREAM).body());

        assertThat(events.all().get(0).data())
                .isEqualTo(Json.parse(
                        "{\"tool_call\":{\"index\":0,\"id\":\"call_1\",\"name\":\"f\",\"arguments\":\"\"}}"));
        assertThat(events.all().get(1).data())
                .isEqualTo(Json.parse("{\"tool_call\":{\"index\":0,\"arguments\":\"{\\\"a\\\"\"}}"));
        assertThat(events.last().get("tool_calls"))
                .isEqualTo(Json.parse("[{\"id\":\"call_1\",\"type\":\"function\",\"function\":"
                        + "{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}}]"));
    }

    private static String tool(String call) {
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[" + call
                + "]},\"finish_reason\":null}]}\n\n";
    }

    @Test
    void aSilentModelIsCoveredByKeepAliveComments() throws Exception {
        var gate = new CountDownLatch(1);
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
            line.chunk(OpenAiUpstream.delta("Hi"));
            gate.await();
            OpenAiUpstream.endStream(line);
        });
        try (var client = post(STREAM)) {
            var begin = client.readUntil(": keep-alive\n\n");
            assertThat(begin).contains("data: {\"text\":\"Hi\"}\n\n").endsWith(": keep-alive\n\n");
            gate.countDown();
            assertThat(client.readUntil("\r\n0\r\n\r\n")).contains("event: completed\nid: 2\n");
        }
    }

    /** What a reader does not take must not pile up here: it stays with the provider. */
    @Test
    void aReaderThatStopsHoldsTheProviderBackAndLosesNothing() throws Exception {
        int chunks = 20_000;
        var word = "x".repeat(2_000);
        var written = new AtomicInteger();
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
            for (int i = 0; i < chunks; i++) {
                line.chunk(OpenAiUpstream.delta(word));
                written.set(i + 1);
            }
            OpenAiUpstream.endStream(line);
        });
        try (var client = new RawClient(server.port(), 4096)) {
            client.post("/api/v1/inferences", "Authorization: Bearer " + server.key() + "\r\n", STREAM);
            client.readUntil("event: delta");
            int stalled = awaitStall(written);
            assertThat(stalled)
                    .as("of %d chunks of 2 kB, with the reader away", chunks)
                    .isLessThan(chunks * 2 / 3);

            long deltas = 1;
            try (var lines = new BufferedReader(new InputStreamReader(client.in(), StandardCharsets.UTF_8))) {
                var line = lines.readLine();
                while (!line.contains("event: completed")) {
                    deltas += line.contains("event: delta") ? 1 : 0;
                    line = lines.readLine();
                }
            }
            assertThat(deltas).isEqualTo(chunks);
        }
    }

    private static int awaitStall(AtomicInteger written) throws InterruptedException {
        int before = -1;
        int now = written.get();
        while (before != now) {
            Thread.sleep(700);
            before = now;
            now = written.get();
        }
        return now;
    }

    private RawClient post(String json) throws IOException {
        return new RawClient(server.port())
                .post("/api/v1/inferences", "Authorization: Bearer " + server.key() + "\r\n", json);
    }

    @Test
    void manyStreamsAtOnceKeepTheirOwnWords() throws Exception {
        start(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                var word = request.replaceFirst("(?s).*word-(\\d+).*", "$1");
                OpenAiUpstream.stream(line, "<", word, ">");
            }
        });
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = IntStream.range(0, 60)
                    .mapToObj(i -> threads.submit(() ->
                            Events.of(server.run("{\"prompt\":\"word-" + i + "\",\"model\":\"gpt-4o\",\"stream\":true}")
                                    .body())))
                    .toList();
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get().text()).isEqualTo("<" + i + ">");
            }
        }
        assertThat(server.records()).hasSize(60);
    }
}
