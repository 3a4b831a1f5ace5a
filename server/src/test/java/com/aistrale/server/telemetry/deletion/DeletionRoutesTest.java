package com.aistrale.server.telemetry.deletion;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of an end user who wants to be forgotten nothing is left, and of the others all. */
@Timeout(120)
class DeletionRoutesTest {
    private static final String PATH = "/api/v1/telemetry/deletions";
    private static final String USER = "ann \"x\" Ünal";
    private static final String USER_JSON = "ann \\\"x\\\" Ünal";

    @TempDir
    Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).start();
        try (var file = server.database()) {
            file.execute("UPDATE workspace SET capture_content = 1");
        }
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private String run(String user, String more) throws Exception {
        return server.run("{\"prompt\":\"I am " + user + "\",\"metadata\":{\"user\":\"" + user + "\"}" + more + "}")
                .expect(200)
                .get("id")
                .stringValue();
    }

    private void spans(String... spans) throws Exception {
        var all = new ArrayList<String>();
        for (var span : spans) {
            all.add("{\"name\":\"n\",\"kind\":\"tool\",\"started_at\":\"2026-11-23T08:00:00Z\","
                    + "\"ended_at\":\"2026-11-23T08:00:01Z\"," + span + "}");
        }
        server.post("/api/v1/telemetry/spans", "{\"spans\":[" + String.join(",", all) + "]}")
                .expect(200);
    }

    private List<String> rows(String sql) throws Exception {
        try (var file = server.database()) {
            return file.rows(sql);
        }
    }

    @Test
    void nothingIsLeftOfThem() throws Exception {
        for (int i = 0; i < 3; i++) {
            run(USER_JSON, "");
        }
        run(USER_JSON, ",\"trace_id\":\"t-run\"");
        var named = run(USER_JSON, "");
        var other = run("bob", ",\"trace_id\":\"t-bob\"");
        var nobody = server.run("{\"prompt\":\"Hello\",\"metadata\":{\"usher\":\"" + USER_JSON + "\"}}")
                .expect(200)
                .get("id")
                .stringValue();
        spans(
                "\"trace_id\":\"t-run\",\"span_id\":\"a\",\"input\":\"" + USER_JSON + "\"",
                "\"trace_id\":\"t-named\",\"span_id\":\"a\",\"input\":\"" + USER_JSON + "\"",
                "\"trace_id\":\"t-named\",\"span_id\":\"b\",\"inference_id\":\"" + named + "\"",
                "\"trace_id\":\"t-attr\",\"span_id\":\"a\",\"attributes\":{\"user\":\"" + USER_JSON + "\"}",
                "\"trace_id\":\"t-attr\",\"span_id\":\"b\",\"attributes\":{\"x\":{\"user\":\"" + USER_JSON + "\"}}",
                "\"trace_id\":\"t-bob\",\"span_id\":\"a\",\"attributes\":{\"user\":\"bob\"}");

        var answer = server.post(PATH, "{\"user\":\"" + USER_JSON + "\"}").expect(200);

        assertThat(answer.toString()).isEqualTo("{\"deleted_inferences\":5,\"deleted_spans\":4}");
        assertThat(rows("SELECT id FROM inference ORDER BY id")).containsExactly(other, nobody);
        assertThat(rows("SELECT inference_id FROM inference_content ORDER BY 1"))
                .containsExactly(other, nobody);
        assertThat(rows("SELECT trace_id, span_id FROM span ORDER BY 1, 2")).containsExactly("t-attr|b", "t-bob|a");
        assertThat(rows("SELECT trace_id FROM trace ORDER BY 1")).containsExactly("t-attr", "t-bob");
        assertThat(rows("SELECT count(*) FROM event")).containsExactly("2");
        assertThat(rows("SELECT data FROM event").toString()).doesNotContain("\"user\":\"ann");
        assertThat(rows("SELECT action, target_type, target_id, detail FROM audit_log WHERE action LIKE 'telemetry.%'"))
                .containsExactly("telemetry.user_deleted|user|" + sha256() + "|{}");
        assertThat(server.post(PATH, "{\"user\":\"" + USER_JSON + "\"}")
                        .expect(200)
                        .toString())
                .isEqualTo("{\"deleted_inferences\":0,\"deleted_spans\":0}");
    }

    private static String sha256() throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(USER.getBytes(StandardCharsets.UTF_8)));
    }

    /** More than a batch, and the writer is free in between. */
    @Test
    void manyRowsGoInBatches() throws Exception {
        run("ann", "");
        try (var file = server.database()) {
            var columns = "workspace_id, status, created_at, completed_at, provider, model, api_key_id, streamed,"
                    + " latency_ms, attempts, metadata, owner";
            file.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
                    + " INSERT INTO inference (id, " + columns + ")"
                    + " SELECT 'inf_' || substr('00000000000000000000000000' || CAST(i AS TEXT), length(CAST(i AS TEXT)) + 1), "
                    + columns + " FROM inference, n");
            file.execute("UPDATE inference SET status = 'running' WHERE id = 'inf_00000000000000000000000007'");
        }

        assertThat(server.post(PATH, "{\"user\":\"ann\"}")
                        .expect(200)
                        .get("deleted_inferences")
                        .intValue())
                .isEqualTo(3000);
        assertThat(rows("SELECT id FROM inference"))
                .as("it is yet to be written")
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}               | /user | is missing
            {"user":""}      | /user | must have 1 to 512 characters
            {"user":1}       | /user | must be a string, not the number 1
            {"user":"a","x":1} | /x | unknown field `x`
            """)
    void mistakesAreNamed(String body, String pointer, String detail) throws Exception {
        assertThat(server.post(PATH, body).problem(400, "invalid_request")).isEqualTo(pointer + ": " + detail);
    }
}
