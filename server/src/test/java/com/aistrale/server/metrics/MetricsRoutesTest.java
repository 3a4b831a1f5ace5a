package com.aistrale.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.app.Version;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The operator's Prometheus finds every inference counted, once, by how it ended. */
@Timeout(60)
class MetricsRoutesTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";
    private static final String OPEN_METRICS = "application/openmetrics-text;version=1.0.0;q=0.75,"
            + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"; // as Prometheus asks

    @TempDir
    Path folder;

    private final CountDownLatch answers = new CountDownLatch(1);
    private RawServer upstream;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                if (request.contains("slow")) {
                    answers.await();
                }
                line.write(
                        request.contains("fail") ? OpenAiUpstream.error(400, "", "No.") : OpenAiUpstream.answer("Hi"));
            }
        });
        server = TestServer.in(folder)
                .environment("AISTRALE_ADMIN_KEY", OPERATOR)
                .openAi(upstream.url())
                .start();
    }

    @AfterEach
    void close() throws Exception {
        answers.countDown();
        server.close();
        upstream.close();
    }

    private TestServer.Answer scrape(String accept) throws Exception {
        var request = server.request("/metrics", OPERATOR);
        return server.send(accept.isEmpty() ? request : request.header("accept", accept));
    }

    private List<String> lines() throws Exception {
        var answer = scrape("");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body().lines().toList();
    }

    @Test
    void inferencesAreCountedByHowTheyEnded() throws Exception {
        assertThat(lines())
                .contains(
                        "aistrale_inferences_total{status=\"completed\"} 0.0",
                        "aistrale_inferences_total{status=\"failed\"} 0.0",
                        "aistrale_inferences_total{status=\"cancelled\"} 0.0",
                        "aistrale_inferences_total{status=\"interrupted\"} 0.0",
                        "aistrale_inferences_running 0.0",
                        "aistrale_inference_seconds_count 0");
        for (int i = 0; i < 3; i++) {
            server.run("{\"prompt\":\"Hello\",\"model\":\"openai/gpt-4o\"}").expect(200);
        }
        server.run("{\"prompt\":\"Hello\",\"model\":\"demo\",\"stream\":true}");
        assertThat(server.run("{\"prompt\":\"fail\",\"model\":\"openai/gpt-4o\"}")
                        .status())
                .isGreaterThanOrEqualTo(400);
        server.run("{\"prompt\":\"\",\"model\":\"openai/gpt-4o\",\"nonsense\":1}")
                .problem(400, "invalid_request"); // none began

        assertThat(lines())
                .contains(
                        "aistrale_inferences_total{status=\"completed\"} 4.0",
                        "aistrale_inferences_total{status=\"failed\"} 1.0",
                        "aistrale_inferences_total{status=\"cancelled\"} 0.0",
                        "aistrale_inferences_running 0.0",
                        "aistrale_inference_seconds_bucket{le=\"+Inf\"} 4",
                        "aistrale_inference_seconds_count 4");
    }

    @Test
    void whatRunsAndIsCancelledIsCountedToo() throws Exception {
        var slow = CompletableFuture.supplyAsync(() -> {
            try {
                return server.run("{\"prompt\":\"slow\",\"model\":\"openai/gpt-4o\"}");
            } catch (Exception unexpected) {
                throw new AssertionError(unexpected);
            }
        });
        await().until(() -> lines().contains("aistrale_inferences_running 1.0"));
        await().until(() -> server.records().size() == 1); // the begun row is not waited for
        var id = server.records().getFirst().get("id").stringValue();
        server.post("/api/v1/inferences/" + id + "/cancel", "").expect(200);
        slow.join().problem(409, "cancelled");

        assertThat(lines())
                .contains(
                        "aistrale_inferences_running 0.0",
                        "aistrale_inferences_total{status=\"cancelled\"} 1.0",
                        "aistrale_inferences_total{status=\"failed\"} 0.0",
                        "aistrale_inference_seconds_count 0");
    }

    @Test
    void whatCouldNotBeRecordedCountsAsFailed() throws Exception {
        try (var file = server.database()) {
            server.run("{\"prompt\":\"Hello\",\"model\":\"openai/gpt-4o\"}").expect(200);
            file.execute("ALTER TABLE event RENAME TO gone");
            server.run("{\"prompt\":\"Hello\",\"model\":\"openai/gpt-4o\"}").problem(503, "database_unavailable");
        }

        assertThat(lines())
                .contains(
                        "aistrale_inferences_total{status=\"completed\"} 1.0",
                        "aistrale_inferences_total{status=\"failed\"} 1.0",
                        "aistrale_inferences_running 0.0");
    }

    @Test
    void bothFormatsAreSpoken() throws Exception {
        var plain = scrape("text/plain");
        assertThat(plain.header("content-type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
        assertThat(plain.body().lines())
                .contains(
                        "# TYPE aistrale_inferences_total counter",
                        "# TYPE aistrale_build_info gauge",
                        "aistrale_build_info{version=\"" + Version.TEXT + "\"} 1");
        var open = scrape(OPEN_METRICS);
        assertThat(open.header("content-type")).isEqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8");
        assertThat(open.body().lines())
                .contains("# TYPE aistrale_inferences counter", "# TYPE aistrale_build info")
                .endsWith("# EOF");
        assertThat(scrape("").header("content-type")).startsWith("text/plain");
        assertThat(scrape("*/*").header("content-type")).startsWith("text/plain");
    }

    @Test
    void onlyTheOperatorReadsThem() throws Exception {
        assertThat(server.get("/metrics").problem(403, "permission_denied"))
                .startsWith(
                        "Only the operator reads the server's metrics: send the server's AISTRALE_ADMIN_KEY in place"
                                + " of the API key key_");
        assertThat(server.send(server.request("/metrics", "wrong")).problem(401, "authentication_failed"))
                .isNotEmpty();
        assertThat(server.send(server.request("/metrics?name=x", OPERATOR)).problem(400, "invalid_request"))
                .isEqualTo("?name: unknown parameter `name`");
    }

    /** No workspace, key, model or anything else that people named. */
    @Test
    void nothingIsNamed() throws Exception {
        server.run("{\"prompt\":\"Hello\",\"model\":\"openai/gpt-4o\",\"session_id\":\"of-somebody\"}")
                .expect(200);

        assertThat(scrape("").body())
                .doesNotContain("gpt", "openai", "of-somebody", "default")
                .doesNotContainPattern("(ws|key|inf|wh|dlv|evt)_[0-9a-z]{26}");
    }

    /** Until its end a node tells what it came to. */
    @Test
    void aStoppingNodeIsStillRead() throws Exception {
        server.drain();

        assertThat(scrape("").status()).isEqualTo(200);
        server.get("/api/v1/whoami").problem(503, "overloaded");
    }
}
