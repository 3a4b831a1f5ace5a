package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.app.TestServer.Answer;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request with an Idempotency-Key that comes to another node of the same database. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KeyedOnTwoNodesTest {
    private static final String PATH = "/api/v1/inferences";
    private static final String PLAIN = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}";
    private static final String STREAM = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"stream\":true}";
    private static final String RESUMABLE =
            "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"stream\":true,\"resumable\":true}";

    @TempDir
    Path folder;

    private final Semaphore go = new Semaphore(1_000_000);
    private final Semaphore asked = new Semaphore(0);
    private final AtomicReference<List<String>> words = new AtomicReference<>(List.of("One", " two", " three"));

    /** The connection whose stream goes on no more after its first word. */
    private volatile int stuck;

    private RawServer upstream;
    private OtherConnection file;
    private final List<TestServer> nodes = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                asked.release();
                if (request.contains("\"stream\":true")) {
                    OpenAiUpstream.beginStream(line);
                    for (var word : words.get()) {
                        go.acquire();
                        line.chunk(OpenAiUpstream.delta(word));
                        if (line.number() == stuck) {
                            line.awaitEnd();
                        }
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
        var database = TestDatabase.postgres();
        file = database.connect();
        for (var name : List.of("a", "b")) {
            nodes.add(TestServer.in(folder.resolve(name))
                    .openAi(upstream.url())
                    .flags("--database-url", database.toString())
                    .environment("AISTRALE_MASTER_KEY", Base64.getEncoder().encodeToString(new byte[32]))
                    .environment("AISTRALE_SHUTDOWN_GRACE_MS", "300")
                    .start());
        }
    }

    @AfterEach
    void close() throws Exception {
        go.release(1_000_000);
        for (var node : nodes) {
            node.close();
        }
        file.close();
        upstream.close();
    }

    private HttpRequest.Builder request(int node, String json, String key) {
        var server = nodes.get(node);
        return server.request("POST", PATH, json, server.key()).header("idempotency-key", key);
    }

    private Answer send(int node, String json, String key) throws Exception {
        return nodes.get(node).send(request(node, json, key));
    }

    private Answer resume(int node, String json, String key, int seen) throws Exception {
        return nodes.get(node).send(request(node, json, key).header("last-event-id", String.valueOf(seen)));
    }

    private RawClient raw(int node, String json, String key) throws IOException {
        var server = nodes.get(node);
        return new RawClient(server.port())
                .post(PATH, "Authorization: Bearer " + server.key() + "\r\nIdempotency-Key: " + key + "\r\n", json);
    }

    private int paid() {
        return upstream.requests().size();
    }

    private List<String> statuses() throws Exception {
        return file.rows("SELECT status FROM inference ORDER BY id");
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, STREAM, RESUMABLE})
    void twoAtTheSameTimeArePaidOnce(String json) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10; i++) {
                var key = "k" + i;
                var one = threads.submit(() -> send(0, json, key));
                var two = threads.submit(() -> send(1, json, key));
                assertThat(one.get().status()).isEqualTo(200);
                assertThat(two.get().body()).isEqualTo(one.get().body());
                assertThat(paid()).isEqualTo(i + 1);
                assertThat((one.get().header("idempotency-replayed") == null)
                                != (two.get().header("idempotency-replayed") == null))
                        .isTrue();
            }
        }
    }

    @Test
    void manyOfManyKeysArePaidOnceEach() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Future<Answer>>();
            for (int i = 0; i < 120; i++) {
                int number = i;
                all.add(threads.submit(() -> send(number % 2, PLAIN, "k" + number % 30)));
            }
            for (var each : all) {
                each.get().expect(200);
            }
        }
        assertThat(paid()).isEqualTo(30);
        assertThat(statuses()).hasSize(30).containsOnly("completed");
    }

    @Test
    void theOtherNodeGivesTheAnswerWhenItIsThere() throws Exception {
        go.drainPermits();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var client = raw(0, RESUMABLE, "k")) {
            go.release(1);
            client.readUntil("\"One\"}\n\n");
            var whole = threads.submit(() -> send(1, RESUMABLE, "k"));
            var rest = threads.submit(() -> resume(1, RESUMABLE, "k", 2));
            Thread.sleep(500);
            assertThat(whole.isDone() || rest.isDone()).isFalse();
            go.release(1_000_000);

            var first = send(0, RESUMABLE, "k").body();
            assertThat(whole.get().body()).isEqualTo(first);
            assertThat(whole.get().header("idempotency-replayed")).isEqualTo("true");
            assertThat(rest.get().body()).isEqualTo(first.substring(first.indexOf("event: delta\nid: 3")));
        }
        assertThat(resume(1, RESUMABLE, "k", 4).body()).isEmpty();
        assertThat(resume(1, RESUMABLE, "k", 5).problem(409, "conflict")).contains("behind the event 5");
        assertThat(paid()).isEqualTo(1);
    }

    @Test
    void meanwhileItSendsComments() throws Exception {
        go.drainPermits();
        try (var first = raw(0, RESUMABLE, "k")) {
            asked.acquire();
            try (var second = raw(1, RESUMABLE, "k")) {
                assertThat(second.readUntil(": keep-alive\n\n").toLowerCase(Locale.ROOT))
                        .startsWith("http/1.1 200 ")
                        .contains("idempotency-replayed: true")
                        .contains("x-aistrale-provider: openai")
                        .doesNotContain("event:");
                go.release(1_000_000);
                assertThat(second.readUntil("\r\n0\r\n\r\n"))
                        .contains("event: delta\nid: 1\n")
                        .contains("event: completed\nid: 4\n");
            }
            first.readUntil("\r\n0\r\n\r\n");
        }
        assertThat(paid()).isEqualTo(1);
    }

    /** However a stream is cut, on whichever nodes it goes on: the same bytes. */
    @Test
    void anySplitOfAStreamGivesTheSameBytes() throws Exception {
        var random = new Random(5);
        var many = new ArrayList<String>();
        for (int i = 0; i < 40; i++) {
            many.add((i % 7 == 0 ? "ü日本 " : "w") + i);
        }
        words.set(many);
        for (int i = 0; i < 30; i++) {
            var key = "k" + i;
            go.drainPermits();
            var text = new StringBuilder();
            int seen = 0;
            try (var client = raw(0, RESUMABLE, key)) {
                int first = 1 + random.nextInt(10);
                go.release(first);
                var piece = client.readUntil("id: " + first + "\n");
                text.append(body(piece, first));
                seen = first - 1;
            }
            try (var again = new RawClient(nodes.getFirst().port())) { // live, while it runs
                int more = 1 + random.nextInt(20);
                again.post(
                        PATH,
                        "Authorization: Bearer " + nodes.getFirst().key() + "\r\nIdempotency-Key: " + key
                                + (seen == 0 ? "" : "\r\nLast-Event-ID: " + seen) + "\r\n",
                        RESUMABLE);
                go.release(more);
                var piece = again.readUntil("id: " + (seen + 1 + more) + "\n");
                text.append(body(piece, seen + 1 + more));
                seen += more;
            }
            go.release(1_000_000);
            var whole = send(random.nextInt(2), RESUMABLE, key).body();
            text.append(resume(random.nextInt(2), RESUMABLE, key, seen).body());

            assertThat(text.toString()).isEqualTo(whole);
            for (int at : random.ints(4, 0, 42).toArray()) {
                assertThat(whole)
                        .endsWith(resume(random.nextInt(2), RESUMABLE, key, at).body());
            }
            assertThat(paid()).isEqualTo(i + 1);
        }
    }

    /** The events in what came, in chunks, up to but not with the one of this number, of which only the number came. */
    private static String body(String raw, int number) {
        var text = new StringBuilder();
        var rest = raw.substring(raw.indexOf("\r\n\r\n") + 4);
        while (!rest.isEmpty()) {
            int line = rest.indexOf("\r\n");
            int length = Integer.parseInt(rest.substring(0, line), 16);
            var bytes = rest.substring(line + 2).getBytes(java.nio.charset.StandardCharsets.UTF_8);
            int take = Math.min(length, bytes.length);
            text.append(new String(bytes, 0, take, java.nio.charset.StandardCharsets.UTF_8));
            var left = new String(bytes, take, bytes.length - take, java.nio.charset.StandardCharsets.UTF_8);
            rest = left.startsWith("\r\n") ? left.substring(2) : left;
        }
        return text.substring(0, text.lastIndexOf("event: delta\nid: " + number + "\n"))
                .replace(": keep-alive\n\n", "");
    }

    @Test
    void whenItsNodeDiesTheRetryRunsAgainAndTheRecordSaysInterrupted() throws Exception {
        stuck = 1;
        go.drainPermits();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var client = raw(0, RESUMABLE, "k")) {
            go.release(1);
            client.readUntil("\"One\"}\n\n");
            var waiting = threads.submit(() -> send(1, RESUMABLE, "k"));
            Thread.sleep(300);
            assertThat(waiting.isDone()).isFalse();
            // as when the process is killed, and counts as gone
            file.execute("UPDATE inference SET owner = 'node_gone'");
            file.execute("UPDATE idempotency_key SET owner = 'node_gone'");
            resume(1, RESUMABLE, "k", 1).problem(409, "conflict");
            asked.acquire(2);
            go.release(1_000_000);

            assertThat(Events.of(waiting.get().body()).text()).isEqualTo("One two three");
            assertThat(Events.of(waiting.get().body()).all().getFirst().id()).isEqualTo(1000001);
            assertThat(waiting.get().header("idempotency-replayed")).isNull();
        }
        assertThat(paid()).isEqualTo(2);
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(file.rows(
                                "SELECT status FROM inference WHERE owner = 'node_gone' OR id = (SELECT min(id) FROM"
                                        + " inference)"))
                        .containsExactly("interrupted"));
        assertThat(send(0, RESUMABLE, "k").body()).contains("id: 1000001\n");
    }

    @Test
    void anInferenceIsCancelledOnWhicheverNodeItRuns() throws Exception {
        go.drainPermits();
        for (var json : List.of(PLAIN, RESUMABLE)) {
            var key = "k" + json.length();
            try (var client = raw(0, json, key)) {
                asked.acquire();
                var id = file.rows("SELECT id FROM inference WHERE status = 'running'")
                        .getFirst();
                try (var waiting = raw(1, json.equals(PLAIN) ? json : json, key)) {
                    Thread.sleep(300);
                    var other = nodes.get(1);
                    for (int i = 0; i < 2; i++) {
                        var said = other.send(other.request("POST", PATH + "/" + id + "/cancel", null, other.key()))
                                .expect(200);
                        assertThat(said.get("status").stringValue()).isIn("running", "cancelled");
                    }
                    assertThat(client.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"cancelled\"");
                    assertThat(waiting.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"cancelled\"");
                }
                assertThat(file.rows("SELECT status FROM inference WHERE id = '" + id + "'"))
                        .containsExactly("cancelled");
            }
        }
        assertThat(paid()).isEqualTo(2);
        await().untilAsserted(() ->
                assertThat(file.rows("SELECT * FROM cancellation")).isEmpty());
    }

    @Test
    void anInferenceIsCancelledByItsKeyOnWhicheverNodeItRuns() throws Exception {
        go.drainPermits();
        for (var json : List.of(PLAIN, RESUMABLE)) {
            var key = "k" + json.length();
            try (var client = raw(0, json, key)) {
                asked.acquire();
                try (var waiting = raw(1, json, key)) {
                    Thread.sleep(300);
                    var other = nodes.get(1);
                    for (int i = 0; i < 2; i++) {
                        var said = other.send(other.request("POST", PATH + "/cancel", null, other.key())
                                        .header("idempotency-key", key))
                                .expect(200);
                        assertThat(said.get("status").stringValue()).isIn("running", "cancelled");
                    }
                    assertThat(client.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"cancelled\"");
                    assertThat(waiting.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"cancelled\"");
                }
            }
            send(0, json, key).problem(409, "cancelled");
            send(1, json, key).problem(409, "cancelled");
        }
        assertThat(file.rows("SELECT status FROM inference")).containsExactly("cancelled", "cancelled");
        assertThat(paid()).isEqualTo(2);
        await().untilAsserted(() ->
                assertThat(file.rows("SELECT * FROM cancellation")).isEmpty());
    }

    /** Its node had no time to hear of it, and will not run it again. */
    @Test
    void whatIsAskedOfAnInferenceThatEndsGoesWithTheNextLook() throws Exception {
        send(0, PLAIN, "done").expect(200);
        go.drainPermits();
        try (var client = raw(0, PLAIN, "k")) {
            asked.acquire(2);
            file.execute("INSERT INTO cancellation (inference_id, workspace_id, owner, asked_at)"
                    + " SELECT id, workspace_id, owner, 0 FROM inference WHERE status = 'completed'");
            await().untilAsserted(() ->
                    assertThat(file.rows("SELECT * FROM cancellation")).isEmpty());
            go.release(1_000_000);
            assertThat(client.readAnswer()).startsWith("HTTP/1.1 200 ");
        }
    }
}
