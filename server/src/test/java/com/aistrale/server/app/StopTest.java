package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.http.RawServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that stops cuts nobody off, unless its grace ends; and one that starts names what the last one left. */
@Timeout(60)
class StopTest {
    private static final String PLAIN = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}";
    private static final String STREAM = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"stream\":true}";

    @TempDir
    Path folder;

    private final Semaphore asked = new Semaphore(0);
    private final CountDownLatch gate = new CountDownLatch(1);
    private RawServer upstream;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                boolean stream = request.contains("\"stream\":true");
                if (stream) {
                    OpenAiUpstream.beginStream(line);
                    line.chunk(OpenAiUpstream.delta("Once"));
                }
                asked.release();
                gate.await();
                if (stream) {
                    line.chunk(OpenAiUpstream.delta(" upon"));
                    OpenAiUpstream.endStream(line);
                } else {
                    line.write(OpenAiUpstream.answer("Once upon"));
                }
            }
        });
    }

    @AfterEach
    void close() throws Exception {
        gate.countDown();
        server.close();
        upstream.close();
    }

    private void serve(String graceMs) throws Exception {
        server = TestServer.in(folder)
                .openAi(upstream.url())
                .environment("AISTRALE_SHUTDOWN_GRACE_MS", graceMs)
                .start();
    }

    @Test
    void whatRunsIsFinishedAndWhatIsNewIsRefused() throws Exception {
        serve("30000");
        server.get("/ready").expect(200);
        try (var plain = post(PLAIN);
                var stream = post(STREAM)) {
            asked.acquire(2);
            var draining = Thread.ofVirtual().start(this::drain);
            await().until(() -> server.get("/ready").status() == 503);

            assertThat(server.get("/ready").problem(503, "overloaded")).isEqualTo("The server is stopping.");
            assertThat(server.get("/health").expect(200).get("status").stringValue())
                    .isEqualTo("ok");
            var refused = server.run(PLAIN);
            assertThat(refused.problem(503, "overloaded"))
                    .isEqualTo("The server is stopping and takes no new requests.");
            assertThat(refused.header("retry-after")).isEqualTo("2");
            assertThat(server.post("/v1/chat/completions", "{}")
                            .expect(503)
                            .get("error")
                            .get("code")
                            .stringValue())
                    .isEqualTo("overloaded");
            assertThat(draining.isAlive()).isTrue();

            gate.countDown();
            assertThat(plain.readAnswer()).startsWith("HTTP/1.1 200 ").contains("Once upon");
            assertThat(stream.readUntil("\r\n0\r\n\r\n")).contains("event: completed");
            draining.join();
        }
        server.close();
        assertThat(statuses()).containsExactly("completed", "completed");
    }

    @Test
    void whenTheGraceIsOverTheRestIsInterruptedAndToldSo() throws Exception {
        serve("100");
        try (var plain = post(PLAIN);
                var stream = post(STREAM)) {
            asked.acquire(2);
            drain();
            server.close();

            assertThat(plain.readAnswer()).startsWith("HTTP/1.1 409 ").contains("\"code\":\"interrupted\"");
            var events = stream.readToEnd();
            assertThat(events).contains("event: error").contains("\"code\":\"interrupted\"");
            assertThat(events).doesNotContain("event: completed");
        }
        assertThat(statuses()).containsExactly("interrupted", "interrupted");
        try (var file = server.database()) {
            assertThat(file.rows("SELECT DISTINCT error_code FROM inference")).containsExactly("interrupted");
            assertThat(file.rows("SELECT type FROM event")).containsExactly("inference.failed", "inference.failed");
        }
    }

    @Test
    void whatAKilledServerLeftIsNamedByTheNextOne() throws Exception {
        serve("0");
        try (var file = server.database();
                var plain = post(PLAIN)) {
            asked.acquire();
            await().until(() -> server.records().size() == 1);
            var id = server.records().getFirst().get("id").stringValue();
            assertThat(server.record(id).get("status").stringValue()).isEqualTo("running");
            // A killed server has written no more than this; its end is played by giving the row to another process.
            file.execute("UPDATE inference SET owner = 'node_of_before' WHERE id = '" + id + "'");
            file.execute("CREATE TABLE kept AS SELECT * FROM inference");
            plain.reset();
            await().until(() -> !server.record(id).get("status").stringValue().equals("running"));
            server.close();
            file.execute("DELETE FROM inference");
            file.execute("INSERT INTO inference SELECT * FROM kept");

            serve("0");

            var record = server.record(id);
            assertThat(record.get("status").stringValue()).isEqualTo("interrupted");
            assertThat(record.get("completed_at").isString()).isTrue();
            assertThat(record.get("cost_usd").isNull()).isTrue();
            assertThat(record.get("usage").isNull()).isTrue();
            assertThat(record.get("error").get("code").stringValue()).isEqualTo("interrupted");
            assertThat(record.get("error").get("message").stringValue())
                    .isEqualTo("The server ended while this inference ran; what the provider did is not known.");
        }
    }

    @Test
    void aSecondServerOnTheSameDataIsRefused() throws Exception {
        serve("0");

        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> TestServer.in(folder).start())
                .isInstanceOf(StartException.class)
                .hasMessageContaining("is in use by another AISTRALE server");
    }

    private RawClient post(String json) throws IOException {
        return new RawClient(server.port())
                .post("/api/v1/inferences", "Authorization: Bearer " + server.key() + "\r\n", json);
    }

    private void drain() {
        try {
            server.drain();
        } catch (InterruptedException unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    private java.util.List<String> statuses() throws Exception {
        try (var file = server.database()) {
            return file.rows("SELECT status FROM inference");
        }
    }
}
