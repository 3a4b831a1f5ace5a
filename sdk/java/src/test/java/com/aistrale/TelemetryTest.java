package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.TelemetrySummary.Percentiles;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TelemetryTest {
    private static final TelemetryQuery ALL = TelemetryQuery.builder().build();
    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private Telemetry telemetry() {
        return Clients.of(server, new FakeClocks()).telemetry();
    }

    private String asked() {
        var last = server.received.get(server.received.size() - 1);
        return last.method() + " " + last.target() + " " + last.body();
    }

    private static String record(String id) {
        return "{\"id\":\"" + id
                + "\",\"status\":\"completed\",\"created_at\":\"2026-11-01T12:00:00.000Z\",\"streamed\":true}";
    }

    private static String event(String sseId, String id) {
        return "id: " + sseId + "\nevent: inference\ndata: " + record(id) + "\n\n";
    }

    @Test
    void everyFilterIsSent() {
        server.json(200, "{\"data\":[],\"next_cursor\":null}");
        var query = TelemetryQuery.builder()
                .last("1h")
                .since(Instant.EPOCH)
                .until(Instant.EPOCH)
                .provider("p")
                .model("m")
                .status("failed")
                .sessionId("s")
                .prompt("greeting@3")
                .apiKeyId("key_1")
                .client("cli/1")
                .metadata("team", "a&b")
                .metadata("user", "u")
                .search("x y");
        telemetry().list(query.build()).toList();
        assertThat(asked())
                .isEqualTo(
                        "GET /api/v1/telemetry?api_key_id=key_1&client=cli%2F1&last=1h&metadata.team=a%26b&metadata.user=u"
                                + "&model=m&prompt=greeting%403&provider=p&q=x+y&session_id=s&since=1970-01-01T00%3A00%3A00Z"
                                + "&status=failed&until=1970-01-01T00%3A00%3A00Z ");
    }

    @Test
    void aSummaryHasExactMoneyAndOpenGroups() {
        server.json(200, """
                {"since":"2026-11-01T00:00:00Z","until":"2026-11-02T00:00:00Z","groups":[{"group":{"model":"m","metadata.x":null},\
                "bucket_start":"2026-11-01T01:00:00Z","count":3,"errors":1,"latency_ms":{"p50":1,"p95":2,"p99":3},\
                "time_to_first_token_ms":{"p50":null,"p95":null,"p99":null},"input_tokens":9007199254740993,"output_tokens":0,\
                "cost_usd":12345678901.123456789,"cost_unknown":2,"of_the_future":1}],"truncated":true}""");
        var summary = telemetry()
                .summary(
                        TelemetryQuery.builder().last("24h").pageSize(3).build(), "1h", List.of("model", "metadata.x"));
        assertThat(asked())
                .isEqualTo("GET /api/v1/telemetry/summary?group_by=model%2Cmetadata.x&interval=1h&last=24h ");
        var group = summary.groups().get(0);
        assertThat(group.group()).containsEntry("model", "m").containsEntry("metadata.x", null);
        assertThat(group.costUsd()).isEqualTo(new BigDecimal("12345678901.123456789"));
        assertThat(group.inputTokens()).isEqualTo(9007199254740993L);
        assertThat(group.latencyMs()).isEqualTo(new Percentiles(1L, 2L, 3L));
        assertThat(group.timeToFirstTokenMs()).isEqualTo(new Percentiles(null, null, null));
        assertThat(summary.truncated()).isTrue();
        server.json(200, "{\"since\":\"2026-11-01T00:00:00Z\",\"until\":\"2026-11-02T00:00:00Z\",\"groups\":[]}");
        assertThat(telemetry().summary(ALL).groups()).isEmpty();
        assertThat(asked()).isEqualTo("GET /api/v1/telemetry/summary ");
    }

    @ParameterizedTest
    @MethodSource("com.aistrale.StreamTest#transports")
    void anExportIsReadByLineOrAsItIs(Transport transport) throws Exception {
        var telemetry = Clients.builder(server).transport(transport).build().telemetry();
        server.chunked("application/x-ndjson", true, "{\"a\":", "1}\n{\"b\":\"ü\"}", "\n");
        var lines = new ArrayList<String>();
        try (var export =
                telemetry.export(TelemetryQuery.builder().model("m").pageSize(2).build(), "jsonl")) {
            export.forEach(lines::add);
            assertThatThrownBy(export::iterator).isInstanceOf(IllegalStateException.class);
        }
        assertThat(lines).containsExactly("{\"a\":1}", "{\"b\":\"ü\"}");
        assertThat(asked()).isEqualTo("GET /api/v1/telemetry/export?format=jsonl&model=m ");
        server.chunked("text/csv", true, "id\r\n", "inf_1\r\n");
        var out = new ByteArrayOutputStream();
        try (var export = telemetry.export(ALL, "csv")) {
            assertThat(export.writeTo(out)).isEqualTo(11);
        }
        assertThat(out).hasToString("id\r\ninf_1\r\n");
    }

    @ParameterizedTest
    @MethodSource("com.aistrale.StreamTest#transports")
    void anExportThatIsCutNeverLooksWhole(Transport transport) {
        var telemetry = Clients.builder(server).transport(transport).build().telemetry();
        server.chunked("application/x-ndjson", false, "{\"a\":1}\n")
                .chunked("application/x-ndjson", false, "{\"a\":1}\n");
        assertThatThrownBy(() -> {
                    try (var export = telemetry.export(ALL, "jsonl")) {
                        export.forEach(line -> {});
                    }
                })
                .isInstanceOf(StreamInterruptedException.class)
                .hasMessageContaining("not whole");
        assertThatThrownBy(() -> {
                    try (var export = telemetry.export(ALL, "jsonl")) {
                        export.writeTo(new ByteArrayOutputStream());
                    }
                })
                .isInstanceOf(StreamInterruptedException.class);
    }

    @ParameterizedTest
    @MethodSource("com.aistrale.StreamTest#transports")
    void aLiveStreamGoesOnWhereItWasCut(Transport transport) {
        var telemetry = Clients.builder(server)
                .transport(transport)
                .clocks(new FakeClocks())
                .random(Clients.withoutChance())
                .build()
                .telemetry();
        server.sse(
                        ": keep-alive\n\n",
                        event("e1", "inf_1"),
                        event("e2", "inf_2"),
                        "id: e9\nevent: inference\ndata: {cut")
                .problem(503, "overloaded", "Retry-After: 0")
                .sse("event: of_the_future\ndata: x\n\n", event("e3", "inf_3"));
        try (var stream = telemetry.stream(TelemetryQuery.builder().model("m").build())) {
            var records = stream.iterator();
            assertThat(records.next().id()).isEqualTo("inf_1");
            assertThat(records.next().id()).isEqualTo("inf_2");
            assertThat(records.next().id()).isEqualTo("inf_3");
        }
        assertThat(server.received)
                .extracting(FakeServer.Received::target)
                .containsOnly("/api/v1/telemetry/stream?model=m");
        assertThat(server.received)
                .extracting(r -> r.headers().get("last-event-id"))
                .containsExactly(null, "e2", "e2");
        assertThat(server.received.get(0).headers()).containsEntry("accept", "text/event-stream");
    }

    @ParameterizedTest
    @MethodSource("com.aistrale.StreamTest#transports")
    void aLiveStreamEndsWhenItIsClosedByAnotherThread(Transport transport) throws Exception {
        var telemetry = Clients.builder(server).transport(transport).build().telemetry();
        server.reply(new FakeServer.Reply(
                List.of(FakeServer.bytes(FakeServer.sseHead() + event("e1", "inf_1"))), FakeServer.End.STALL, 0));
        var stream = telemetry.stream(ALL);
        var records = stream.iterator();
        assertThat(records.next().id()).isEqualTo("inf_1");
        var closer = new Thread(() -> {
            try {
                TimeUnit.MILLISECONDS.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            stream.close();
        });
        closer.start();
        assertThat(records.hasNext()).isFalse();
        closer.join();
        assertThat(server.clientLeft.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(server.received).hasSize(1);
    }

    @Test
    void aLiveStreamThatTheServerRefusesOrEndsWithAnErrorThrows() {
        server.problem(403, "permission_denied");
        assertThat(catchThrowableOfType(PermissionDeniedException.class, () -> telemetry().stream(ALL)))
                .isNotNull();
        server.sse(
                "event: error\ndata: {\"status\":401,\"code\":\"authentication_failed\",\"detail\":\"revoked\"}\n\n");
        try (var stream = telemetry().stream(ALL)) {
            assertThat(catchThrowableOfType(
                            AuthenticationException.class,
                            () -> stream.iterator().hasNext()))
                    .hasMessage("revoked (401 authentication_failed, request req_s)");
        }
    }

    @Test
    void spansAreSentAsTheyWereMade() {
        server.json(200, "{\"accepted\":2}");
        var begin = Instant.parse("2026-11-01T12:00:00Z");
        var plain =
                Span.builder("t", "s1", "search", begin, begin.plusMillis(5)).build();
        var full = Span.builder("t", "s2", "answer", begin, begin.plusMillis(5))
                .parentSpanId("s1")
                .kind("llm")
                .error("boom")
                .attributes(Map.of("k", 1))
                .input("in")
                .output(List.of("out"))
                .inferenceId("inf_1")
                .sessionId("ses")
                .build();
        assertThat(telemetry().addSpans(List.of(plain, full))).isEqualTo(2);
        assertThat(asked()).isEqualTo("""
                POST /api/v1/telemetry/spans {"spans":[{"trace_id":"t","span_id":"s1","name":"search","kind":"other",\
                "started_at":"2026-11-01T12:00:00Z","ended_at":"2026-11-01T12:00:00.005Z","status":"ok"},{"trace_id":"t",\
                "span_id":"s2","name":"answer","kind":"llm","started_at":"2026-11-01T12:00:00Z",\
                "ended_at":"2026-11-01T12:00:00.005Z","status":"error","parent_span_id":"s1","error_message":"boom",\
                "attributes":{"k":1},"input":"in","output":["out"],"inference_id":"inf_1","session_id":"ses"}]}""");
        assertThat(full.parentSpanId()).isEqualTo("s1");
    }

    @Test
    void tracesAndWhatIsInThem() {
        var trace = """
                "trace_id":"t/1","name":null,"started_at":"2026-11-01T12:00:00Z","ended_at":null,"duration_ms":null,\
                "span_count":1,"error_count":0,"session_id":null,"cost_usd":0.000000001,"input_tokens":1,"output_tokens":2""";
        var span = """
                {"trace_id":"t/1","span_id":"s","parent_span_id":null,"name":"n","kind":"of_the_future",\
                "started_at":"2026-11-01T12:00:00Z","ended_at":"2026-11-01T12:00:01Z","duration_ms":1000,"status":"ok",\
                "error_message":null,"attributes":{"a":[1]},"input":null,"output":"x","inference_id":"inf_1","session_id":null}""";
        server.json(200, "{\"data\":[{" + trace + "}],\"next_cursor\":null}")
                .json(
                        200,
                        "{" + trace + ",\"spans\":[" + span + "],\"inferences\":[" + record("inf_1")
                                + "],\"next_cursor\":\"1.2\"}")
                .json(200, "{" + trace + ",\"spans\":[],\"inferences\":[],\"next_cursor\":null}");
        var found = telemetry()
                .traces(TelemetryQuery.builder().last("1h").sessionId("s").build())
                .toList();
        assertThat(asked()).isEqualTo("GET /api/v1/traces?last=1h&session_id=s ");
        assertThat(found.get(0).costUsd()).isEqualTo(new BigDecimal("0.000000001"));
        var detail = telemetry().trace("t/1");
        assertThat(asked()).isEqualTo("GET /api/v1/traces/t%2F1 ");
        assertThat(detail.trace().traceId()).isEqualTo("t/1");
        assertThat(detail.spans().get(0).kind()).isEqualTo("of_the_future");
        assertThat(detail.spans().get(0).output()).isEqualTo("x");
        assertThat(detail.inferences().get(0).id()).isEqualTo("inf_1");
        assertThat(detail.nextCursor()).isEqualTo("1.2");
        var last = telemetry().trace("t/1", detail.nextCursor());
        assertThat(asked()).isEqualTo("GET /api/v1/traces/t%2F1?cursor=1.2 ");
        assertThat(last.spans()).isEmpty();
        assertThat(last.nextCursor()).isNull();
    }

    @Test
    void deletesAnEndUser() {
        server.json(200, "{\"deleted_inferences\":12,\"deleted_spans\":40}");
        assertThat(telemetry().deleteUser("customer-4711")).isEqualTo(new Telemetry.Deletion(12, 40));
        assertThat(asked()).isEqualTo("POST /api/v1/telemetry/deletions {\"user\":\"customer-4711\"}");
    }

    @Test
    void aRecordHasItsPromptItsTraceAndItsContent() {
        server.json(200, record("inf_1").replaceFirst("}$", """
                        ,"prompt":{"name":"greeting","version":2},"trace_id":"t","parent_span_id":"s","content":{"messages":[{"role":"user",\
                        "content":"Hi"}],"message":{"role":"assistant","content":"Ho"}}}"""));
        var record = Clients.of(server).inferences().get("inf_1");
        assertThat(record.prompt()).isEqualTo(new PromptName("greeting", 2));
        assertThat(record.traceId()).isEqualTo("t");
        assertThat(record.parentSpanId()).isEqualTo("s");
        var content = record.content();
        assertThat(content).isNotNull();
        assertThat(Objects.requireNonNull(content).messages().get(0)).containsEntry("content", "Hi");
        assertThat(content.message()).containsEntry("content", "Ho");
    }
}
