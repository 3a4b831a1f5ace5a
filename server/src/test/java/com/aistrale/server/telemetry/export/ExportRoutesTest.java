package com.aistrale.server.telemetry.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All that passes, newest first, in one answer; and a cut is seen. */
@Timeout(120)
class ExportRoutesTest {
    private static final String PATH = "/api/v1/telemetry/export";

    @TempDir
    Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    /** One inference by the front door, and so many like it. */
    private void fill(int count) throws Exception {
        server.run("{\"prompt\":\"Hello\",\"metadata\":{\"team\":\"search\"}}").expect(200);
        try (var file = server.database()) {
            var columns = "workspace_id, status, created_at, completed_at, provider, model, api_key_id, streamed,"
                    + " latency_ms, attempts, metadata, owner";
            file.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + count + ")"
                    + " INSERT INTO inference (id, " + columns + ")"
                    + " SELECT 'inf_' || substr('00000000000000000000000000' || CAST(i AS TEXT), length(CAST(i AS TEXT)) + 1), "
                    + columns + " FROM inference, n");
        }
    }

    private List<String> ids() throws Exception {
        try (var file = server.database()) {
            return file.rows("SELECT id FROM inference ORDER BY id DESC");
        }
    }

    @Test
    void aRecordALine() throws Exception {
        fill(501);

        var answer = server.get(PATH);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/x-ndjson");
        assertThat(answer.header("content-disposition"))
                .matches("attachment; filename=\"telemetry-\\d{4}-\\d\\d-\\d\\d\\.jsonl\"");
        var lines = answer.body().lines().map(Json::parse).toList();
        assertThat(lines.stream().map(line -> line.get("id").stringValue())).containsExactlyElementsOf(ids());
        for (var line : List.of(lines.getFirst(), lines.get(200), lines.getLast())) {
            assertThat(line).isEqualTo(server.record(line.get("id").stringValue()));
        }
        assertThat(answer.body()).endsWith("}\n");
    }

    @Test
    void theFiltersOfTheListApply() throws Exception {
        fill(3);
        var other = server.run("{\"prompt\":\"Hello\",\"session_id\":\"a\"}")
                .expect(200)
                .get("id")
                .stringValue();

        var answer = server.get(PATH + "?format=jsonl&session_id=a&last=1h");

        assertThat(Json.parse(answer.body()).get("id").stringValue()).isEqualTo(other);
        assertThat(server.get(PATH + "?provider=openai").body()).isEmpty();
    }

    /** RFC 4180, read back by hand. */
    private static List<List<String>> read(String csv) {
        var rows = new ArrayList<List<String>>();
        var row = new ArrayList<String>();
        var cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < csv.length(); i++) {
            char c = csv.charAt(i);
            if (quoted && c == '"' && i + 1 < csv.length() && csv.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && c == ',') {
                row.add(cell.toString());
                cell.setLength(0);
            } else if (!quoted && c == '\r') {
                assertThat(csv.charAt(++i)).isEqualTo('\n');
                row.add(cell.toString());
                cell.setLength(0);
                rows.add(List.copyOf(row));
                row.clear();
            } else {
                cell.append(c);
            }
        }
        assertThat(quoted).isFalse();
        assertThat(row).as("the last row ends too").isEmpty();
        return rows;
    }

    @Test
    void aHeaderAndARowEach() throws Exception {
        fill(250);
        var last = server.run("{\"prompt\":\"Hello\",\"metadata\":{\"a\":\"x,\\\"y\\\"\\r\\nz\"}}")
                .expect(200)
                .get("id")
                .stringValue();
        try (var file = server.database()) {
            file.execute(
                    "UPDATE inference SET status = 'failed', error_code = 'provider_failed', cost_nano_usd = 12000000001,"
                            + " cost_source = 'reported', input_tokens = 3, output_tokens = 4, session_id = '-1+2',"
                            + " error_message = '=HYPERLINK(\"http://evil\",\"x\")', client = '@me', error_upstream_status = 500"
                            + " WHERE id = '" + last + "'");
        }

        var answer = server.get(PATH + "?format=csv");

        assertThat(answer.header("content-type")).startsWith("text/csv");
        assertThat(answer.header("content-disposition")).endsWith(".csv\"");
        var rows = read(answer.body());
        assertThat(rows).hasSize(1 + 252).allMatch(row -> row.size() == 31);
        assertThat(rows.getFirst()).startsWith("id", "status", "created_at").endsWith("attempts", "metadata");
        assertThat(rows.stream().skip(1).map(List::getFirst)).containsExactlyElementsOf(ids());
        var row = rows.get(1);
        var record = server.record(last);
        assertThat(cell(rows, "id")).isEqualTo(last);
        assertThat(cell(rows, "created_at")).isEqualTo(record.get("created_at").stringValue());
        assertThat(cell(rows, "cost_usd")).isEqualTo("12.000000001");
        assertThat(cell(rows, "total_tokens")).isEqualTo("7");
        assertThat(cell(rows, "streamed")).isEqualTo("false");
        assertThat(cell(rows, "prompt_name")).isEmpty();
        assertThat(cell(rows, "session_id")).as("no formula").isEqualTo("'-1+2");
        assertThat(cell(rows, "client")).isEqualTo("'@me");
        assertThat(cell(rows, "error_message")).isEqualTo("'=HYPERLINK(\"http://evil\",\"x\")");
        assertThat(cell(rows, "error_upstream_status")).isEqualTo("500");
        assertThat(Json.parse(cell(rows, "metadata"))).isEqualTo(record.get("metadata"));
        assertThat(Json.parse(cell(rows, "attempts"))).isEqualTo(record.get("attempts"));
        assertThat(row).hasSize(31);
    }

    private static String cell(List<List<String>> rows, String column) {
        return rows.get(1).get(rows.getFirst().indexOf(column));
    }

    /** What cannot be read in the middle ends the connection without the last chunk; a client reports that. */
    @Test
    void aCutIsSeen() throws Exception {
        fill(1200);
        try (var file = server.database()) {
            file.execute("UPDATE inference SET attempts = 'broken' WHERE id = 'inf_00000000000000000000000100'");
        }

        assertThatThrownBy(() -> server.get(PATH)).isInstanceOf(IOException.class);
        try (var client = new RawClient(server.port())) {
            client.send("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + server.key()
                    + "\r\n\r\n");
            var all = client.readToEnd();
            assertThat(all).startsWith("HTTP/1.1 200").contains("inf_00000000000000000000001100");
            assertThat(all).doesNotEndWith("0\r\n\r\n");
        }
        try (var client = new RawClient(server.port())) {
            client.send("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                    + server.key() + "\r\n\r\n");
            assertThat(client.readToEnd())
                    .contains("inf_00000000000000000000001100")
                    .doesNotEndWith("0\r\n\r\n");
        }
    }

    private RawClient exporting(String key) throws Exception {
        var client = new RawClient(server.port(), 4096);
        client.send("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key + "\r\n\r\n");
        assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
        return client;
    }

    @Test
    void aRevokedKeyGetsNoMore() throws Exception {
        fill(50_000);
        var made = server.post("/api/v1/api-keys", "{\"name\":\"takes\",\"role\":\"admin\"}")
                .expect(201);
        try (var client = exporting(made.get("key").stringValue())) {
            assertThat(server.delete("/api/v1/api-keys/" + made.get("id").stringValue())
                            .status())
                    .isLessThan(300);

            assertThat(client.readToEnd())
                    .doesNotContain("inf_00000000000000000000000001")
                    .doesNotEndWith("\r\n0\r\n\r\n");
        }
    }

    /** As long as the grace it may go on, and no longer, whether the client reads or not. */
    @Test
    void aClientThatDoesNotReadHoldsNoStop() throws Exception {
        server.close();
        server = TestServer.in(folder)
                .environment("AISTRALE_SHUTDOWN_GRACE_MS", "500")
                .start();
        fill(50_000);
        try (var client = exporting(server.key())) {
            long begin = System.nanoTime();

            server.drain();

            assertThat(System.nanoTime() - begin).isBetween(400_000_000L, 2_500_000_000L);
            assertThat(client.readToEnd()).doesNotEndWith("\r\n0\r\n\r\n");
        }
    }

    @Test
    void whatFailsBeforeTheFirstLineIsAProblem() throws Exception {
        fill(1);
        try (var file = server.database()) {
            file.execute("UPDATE inference SET attempts = 'broken'");
        }

        assertThat(server.get(PATH).status()).isEqualTo(500);
        assertThat(server.get(PATH).header("content-type")).isEqualTo("application/problem+json");
    }

    @Test
    void itStandsInTheAuditLog() throws Exception {
        fill(1);
        server.get(PATH + "?format=csv&metadata.user=secret-id&last=1h");

        try (var file = server.database()) {
            assertThat(file.rows("SELECT action, target_type, detail FROM audit_log WHERE action LIKE 'telemetry.%'"))
                    .singleElement()
                    .asString()
                    .startsWith("telemetry.exported|workspace|{\"format\":\"csv\",\"filters\":[")
                    .contains("\"metadata.user\"", "\"last\"")
                    .doesNotContain("secret-id");
        }
    }

    @Test
    void mistakesAreNamed() throws Exception {
        assertThat(server.get(PATH + "?format=cvs").problem(400, "invalid_request"))
                .isEqualTo("?format: `cvs` is none of jsonl, csv; did you mean `csv`?");
        try (var file = server.database()) {
            assertThat(file.rows("SELECT * FROM audit_log WHERE action LIKE 'telemetry.%'"))
                    .isEmpty();
        }
    }
}
