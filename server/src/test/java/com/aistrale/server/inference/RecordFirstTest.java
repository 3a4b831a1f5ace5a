package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.http.RawServer;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No answer, and no end of a stream, leaves before its record is durable; and none leaves when it cannot be. */
@Timeout(60)
class RecordFirstTest {
    private static final String NATIVE = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}";
    private static final String NATIVE_STREAM = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"stream\":true}";
    private static final String OPENAI =
            "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String OPENAI_STREAM = OPENAI.replace("}]}", "}],\"stream\":true}");

    @TempDir
    Path folder;

    private RawServer upstream;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                if (request.contains("\"stream\":true")) {
                    OpenAiUpstream.stream(line, "Hi", " there.");
                } else {
                    line.write(OpenAiUpstream.answer("Hi there."));
                }
            }
        });
        server = TestServer.in(folder).openAi(upstream.url()).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    /** From now on no final row can be written, as when the disk is full. */
    private void breakFinalRows() throws Exception {
        try (var file = server.database()) {
            if (file.isPostgres()) {
                file.execute("ALTER TABLE inference ADD CONSTRAINT disk_full CHECK (status = 'running') NOT VALID");
                return;
            }
            file.execute("CREATE TRIGGER full BEFORE UPDATE ON inference WHEN new.status <> 'running'"
                    + " BEGIN SELECT raise(ABORT, 'disk full'); END");
            file.execute("CREATE TRIGGER full2 BEFORE INSERT ON inference WHEN new.status <> 'running'"
                    + " BEGIN SELECT raise(ABORT, 'disk full'); END");
        }
    }

    @Test
    void aPlainAnswerWithoutItsRecordIsAnError() throws Exception {
        breakFinalRows();

        var answer = server.run(NATIVE);

        assertThat(answer.problem(503, "database_unavailable")).doesNotContain("disk full");
        assertThat(answer.header("retry-after")).isEqualTo("1");
        assertThat(answer.body()).doesNotContain("Hi there.");
    }

    @Test
    void soItIsInOpenAisFormat() throws Exception {
        breakFinalRows();

        var answer = server.post("/v1/chat/completions", OPENAI);

        assertThat(answer.expect(503).get("error").get("code").stringValue()).isEqualTo("database_unavailable");
        assertThat(answer.body()).doesNotContain("Hi there.");
    }

    @Test
    void aFailureWithoutItsRecordIsThatErrorToo() throws Exception {
        breakFinalRows();

        var answer = server.run("{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"timeout_ms\":1}");

        answer.problem(503, "database_unavailable");
    }

    @Test
    void aStreamWithoutItsRecordEndsInAnError() throws Exception {
        breakFinalRows();

        var events = Events.of(server.run(NATIVE_STREAM).body());

        assertThat(events.types()).containsExactly("delta", "delta", "error");
        assertThat(events.last().get("code").stringValue()).isEqualTo("database_unavailable");
    }

    @Test
    void aStreamOfOpenAisFormatWithoutItsRecordHasNoFinishAndNoDone() throws Exception {
        breakFinalRows();

        var body = server.post("/v1/chat/completions", OPENAI_STREAM).body();

        assertThat(body).contains("\"content\":\"Hi\"", "\"content\":\" there.\"");
        assertThat(body).doesNotContain("[DONE]").doesNotContain("\"finish_reason\":\"stop\"");
        assertThat(body.strip().lines().toList().getLast())
                .startsWith("data: {\"error\":{")
                .contains("\"code\":\"database_unavailable\"");
    }

    @Test
    void afterwardsItGoesOn() throws Exception {
        breakFinalRows();
        server.run(NATIVE).problem(503, "database_unavailable");
        try (var file = server.database()) {
            if (file.isPostgres()) {
                file.execute("ALTER TABLE inference DROP CONSTRAINT disk_full");
            } else {
                file.execute("DROP TRIGGER full");
                file.execute("DROP TRIGGER full2");
            }
        }

        server.run(NATIVE).expect(200);
        await().untilAsserted(() -> assertThat(statuses())
                .as("that the first was paid is not hidden, and who follows hears of its end")
                .containsExactly("completed|", "failed|database_unavailable"));
        try (var file = server.database()) {
            assertThat(file.rows("SELECT type FROM event ORDER BY type"))
                    .containsExactly("inference.completed", "inference.failed");
            assertThat(file.rows("SELECT id FROM inference WHERE cost_nano_usd IS NULL"))
                    .isEmpty();
        }
    }

    private List<String> statuses() throws Exception {
        try (var file = server.database()) {
            return file.rows("SELECT status, coalesce(error_code, '') FROM inference ORDER BY status");
        }
    }

    @Test
    void aPlainAnswerWaitsForItsRecord() throws Exception {
        waits("/api/v1/inferences", NATIVE, "HTTP/1.1 200");
    }

    @Test
    void aPlainAnswerOfOpenAisFormatWaitsForItsRecord() throws Exception {
        waits("/v1/chat/completions", OPENAI, "HTTP/1.1 200");
    }

    @Test
    void theLastEventWaitsForTheRecord() throws Exception {
        waits("/api/v1/inferences", NATIVE_STREAM, "event: completed");
    }

    @Test
    void theFinishReasonOfOpenAisFormatWaitsForTheRecord() throws Exception {
        waits("/v1/chat/completions", OPENAI_STREAM, "\"finish_reason\":\"stop\"");
    }

    @Test
    void thePlainAnswerOfAnthropicsFormatWaitsForItsRecord() throws Exception {
        waits("/v1/messages", OPENAI.replace("}]}", "}],\"max_tokens\":9}"), "HTTP/1.1 200");
    }

    @Test
    void theStopReasonOfAnthropicsFormatWaitsForTheRecord() throws Exception {
        waits("/v1/messages", OPENAI.replace("}]}", "}],\"max_tokens\":9,\"stream\":true}"), "event: message_delta");
    }

    /** Holds the database's write lock: what says that it is over must not come before the lock is gone. */
    private void waits(String path, String json, String end) throws Exception {
        try (var file = server.database();
                var client = new RawClient(server.port())) {
            file.execute(file.isPostgres() ? "BEGIN; LOCK TABLE inference IN EXCLUSIVE MODE" : "BEGIN IMMEDIATE");
            client.post(path, "Authorization: Bearer " + server.key() + "\r\nConnection: close\r\n", json);
            var early = available(client);
            assertThat(early).doesNotContain(end).doesNotContain("[DONE]");
            if (json.contains("stream")) {
                assertThat(early).contains(" there.");
            }
            file.execute("COMMIT");
            assertThat(client.readToEnd()).contains(end);
        }
        assertThat(server.records()).hasSize(1);
    }

    /** What comes within a second. */
    private static String available(RawClient client) throws IOException {
        client.timeout(1000);
        var read = new StringBuilder();
        try {
            for (int b = client.in().read(); b >= 0; b = client.in().read()) {
                read.append((char) b);
            }
        } catch (SocketTimeoutException nothingMore) {
            client.timeout(20_000);
        }
        return read.toString();
    }
}
