package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.Io.Stdin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TelemetryCommandTest {
    private static final String TIME = Times.local(Instant.parse("2026-11-01T12:00:00Z"));

    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private Ran.With with() {
        return new Ran.With(home).server(server);
    }

    private static String record(String id) {
        return """
                {"id":"%s","status":"completed","created_at":"2026-11-01T12:00:00.000Z","provider":"openai","model":"gpt-4o",\
                "streamed":true,"usage":{"input_tokens":12,"output_tokens":3},"cost_usd":1E-9,"latency_ms":812}""".formatted(id);
    }

    @Test
    void everyFilterIsPassedOn() {
        server.list("GET /api/v1/telemetry");
        with().run(
                        "telemetry",
                        "view",
                        "--since",
                        "2026-11-01T00:00Z",
                        "--session",
                        "s",
                        "--prompt",
                        "greeting@3",
                        "--api-key-id",
                        "key_1",
                        "--client",
                        "cli/1",
                        "--metadata",
                        "team=a=b",
                        "--metadata",
                        "user=u",
                        "-q",
                        "x y");
        assertThat(server.lastRequest())
                .isEqualTo(
                        "GET /api/v1/telemetry?api_key_id=key_1&client=cli%2F1&limit=51&metadata.team=a%3Db&metadata.user=u"
                                + "&prompt=greeting%403&q=x+y&session_id=s&since=2026-11-01T00%3A00%3A00Z");
    }

    @Test
    void aSummaryIsATableWithItsSums() {
        var answer = """
                {"since":"2026-11-01T00:00:00Z","until":"2026-11-02T00:00:00Z","groups":[{"group":{"model":"gpt-4o","status":null},\
                "bucket_start":"2026-11-01T12:00:00Z","count":1200,"errors":3,"latency_ms":{"p50":10,"p95":20,"p99":30},\
                "time_to_first_token_ms":{"p50":5,"p95":6,"p99":7},"input_tokens":1,"output_tokens":2,"cost_usd":0.5,\
                "cost_unknown":4},{"group":{"model":null,"status":"failed"},"bucket_start":"2026-11-01T12:00:00Z","count":1,\
                "errors":1,"latency_ms":{"p50":null,"p95":null,"p99":null},"time_to_first_token_ms":{"p50":null,"p95":null,\
                "p99":null},"input_tokens":0,"output_tokens":0,"cost_usd":null,"cost_unknown":1}],"truncated":true}""";
        server.json("GET /api/v1/telemetry/summary", 200, answer);
        var ran = with().run("telemetry", "summary", "--group-by", "model,status", "--interval", "1h", "-p", "openai");
        assertThat(server.lastRequest())
                .isEqualTo(
                        "GET /api/v1/telemetry/summary?group_by=model%2Cstatus&interval=1h&last=24h&provider=openai");
        assertThat(ran.out()).isEqualTo("""
                TIME                 MODEL   STATUS  COUNT  ERRORS  P50 MS  P95 MS  P99 MS  FIRST P50  IN  OUT     COST
                %s  gpt-4o  -        1200       3      10      20      30          5   1    2  $0.50+?
                %s  -       failed      1       1       -       -       -          -   0    0        -
                Total: 1,201 inferences, 4 errors, $0.50 (cost of 5 unknown)
                """.formatted(TIME, TIME));
        assertThat(ran.err()).contains("more groups");
        assertThat(with().run("telemetry", "summary", "--json").out()).isEqualTo(answer + "\n");
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/telemetry/summary?last=24h");
    }

    @Test
    void tailPrintsWhatEndsUntilTheServerSaysThatItIsOver() {
        var events = "id: e1\nevent: inference\ndata: " + record("inf_1") + "\n\n";
        var end =
                "event: error\ndata: {\"status\":401,\"code\":\"authentication_failed\",\"detail\":\"the key is revoked\"}\n\n";
        server.text("GET /api/v1/telemetry/stream", "text/event-stream", events + end);
        var ran = with().run("telemetry", "tail", "-m", "gpt-4o");
        assertThat(ran.exit()).isEqualTo(3);
        assertThat(ran.out())
                .startsWith(TIME + "  completed    openai/gpt-4o")
                .endsWith("$0.000000001     812 ms  inf_1\n");
        assertThat(ran.err()).contains("the key is revoked");
        assertThat(server.requests).containsExactly("GET /api/v1/telemetry/stream?model=gpt-4o");
        assertThat(with().run("telemetry", "tail", "--json").out()).isEqualTo(record("inf_1") + "\n");
        var mistaken = with().run("telemetry", "tail", "--last", "1h");
        assertThat(mistaken.exit()).isEqualTo(2);
        assertThat(mistaken.err()).contains("telemetry view");
    }

    @Test
    void anExportGoesToAFileOrStandardOutput() throws Exception {
        server.text("GET /api/v1/telemetry/export", "text/csv", "id\r\ninf_1,ü\r\n");
        assertThat(with().run("telemetry", "export", "--format", "csv", "--last", "7d"))
                .isEqualTo(new Ran(0, "id\r\ninf_1,ü\r\n", ""));
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/telemetry/export?format=csv&last=7d");
        var file = home.resolve("out.csv");
        assertThat(with().run("telemetry", "export", "-o", file.toString()).err())
                .contains("14 bytes");
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/telemetry/export?format=csv");
        assertThat(with().run("telemetry", "export").exit()).isZero();
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/telemetry/export?format=jsonl");
        assertThat(Files.readString(file)).isEqualTo("id\r\ninf_1,ü\r\n");
    }

    @Test
    void aCutExportFailsAndLeavesNoFile() throws Exception {
        server.cut("GET /api/v1/telemetry/export", "application/x-ndjson", "{}\n");
        var file = Files.writeString(home.resolve("out.jsonl"), "from before");
        var ran = with().run("telemetry", "export", "-o", file.toString());
        assertThat(ran.exit()).isEqualTo(7);
        assertThat(ran.err()).contains("not whole");
        assertThat(file).hasContent("from before");
        try (var files = Files.list(home)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(with().run("telemetry", "export").exit()).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"y\n", "YES\n"})
    void deletingAnEndUserIsAskedFor(String answer) {
        server.json("POST /api/v1/telemetry/deletions", 200, "{\"deleted_inferences\":12,\"deleted_spans\":40}");
        var ran = with().in(Stdin.TERMINAL, answer).errTerminal().run("telemetry", "delete", "--user", "4711");
        assertThat(ran)
                .isEqualTo(new Ran(
                        0,
                        "Deleted 12 inferences and 40 spans.\n",
                        "This deletes every inference and span of user 4711, for ever. Go on? [y/N] "));
        assertThat(server.lastBody()).isEqualTo("{\"user\":\"4711\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "n\n", "", "yesterday\n"})
    void aNoDeletesNothing(String answer) {
        var ran = with().in(Stdin.TERMINAL, answer).errTerminal().run("telemetry", "delete", "--user", "4711");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("Nothing was done.");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void whoDoesNotSeeTheQuestionIsNotAsked() {
        var ran = with().in(Stdin.TERMINAL, "y\n").run("telemetry", "delete", "--user", "4711");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("add --yes").doesNotContain("[y/N]");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void withoutATerminalDeletingWantsToBeMeant() {
        server.json("POST /api/v1/telemetry/deletions", 200, "{\"deleted_inferences\":0,\"deleted_spans\":0}");
        var ran = with().in(Stdin.PIPE, "y\n").run("telemetry", "delete", "--user", "4711");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("--yes");
        assertThat(server.requests).isEmpty();
        assertThat(with().run("telemetry", "delete", "--user", "4711", "--yes").exit())
                .isEqualTo(0);
    }

    @Test
    void tracesAreListedAndShownAsTrees() {
        var trace = """
                "trace_id":"t1","name":"agent","started_at":"2026-11-01T12:00:00Z","ended_at":"2026-11-01T12:00:01Z",\
                "duration_ms":1000,"span_count":3,"error_count":1,"session_id":null,"cost_usd":0.25,"input_tokens":1,\
                "output_tokens":2""";
        server.list("GET /api/v1/traces", "{" + trace + "}");
        assertThat(with().run("traces", "list", "--last", "1h").out()).isEqualTo("""
                TIME                 TRACE  NAME   SPANS  ERRORS  IN  OUT   COST  DURATION
                %s  t1     agent      3       1   1    2  $0.25   1000 ms
                """.formatted(TIME));
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/traces?last=1h");
        server.json(
                "GET /api/v1/traces/t1",
                200,
                "{" + trace + ",\"spans\":[" + span("a", null, 0) + "," + span("c", "b", 20) + "," + span("b", "a", 10)
                        + "]," + "\"inferences\":[" + record("inf_1") + "]}");
        assertThat(with().run("traces", "view", "t1").out()).startsWith("""
                t1 %s 1000 ms $0.25
                STEP   KIND  STATUS   BEGIN  DURATION  INFERENCE  ERROR
                a      tool  ok       +0 ms      5 ms  -          -
                · b    tool  ok      +10 ms      5 ms  -          -
                · · c  tool  ok      +20 ms      5 ms  -          -

                TIME""".formatted(TIME));
    }

    private static String span(String id, @Nullable String parent, int millis) {
        return """
                {"trace_id":"t1","span_id":"%s","parent_span_id":%s,"name":"%s","kind":"tool","started_at":"2026-11-01T12:00:00.%03dZ",\
                "ended_at":"2026-11-01T12:00:00.%03dZ","duration_ms":5,"status":"ok","attributes":{}}""".formatted(id, parent == null ? "null" : "\"" + parent + "\"", id, millis, millis + 5);
    }

    @Test
    void stepsThatAreEachOthersParentsAreStillShown() {
        server.json("GET /api/v1/traces/t1", 200, """
                {"trace_id":"t1","name":null,"started_at":"2026-11-01T12:00:00Z","span_count":2,"error_count":0,"spans":[%s,%s],\
                "inferences":[]}""".formatted(span("a", "b", 0), span("b", "a", 1)));
        assertThat(with().run("traces", "view", "t1").out()).contains("\na ", "\nb ");
    }
}
