package com.aistrale.server.telemetry.traces;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.json.Json;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Spans in, traces out, and the inferences that ran among them. */
@Timeout(120)
class TraceRoutesTest {
    private static final String SPANS = "/api/v1/telemetry/spans";

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

    private static String span(String trace, String id, String more) {
        return """
                {"trace_id":"%s","span_id":"%s","name":"%s","kind":"chain","started_at":"2026-11-23T08:00:00Z",
                 "ended_at":"2026-11-23T08:00:01.5Z"%s}""".formatted(trace, id, "step " + id, more);
    }

    private TestServer.Answer send(String... spans) throws Exception {
        return server.post(SPANS, "{\"spans\":[" + String.join(",", spans) + "]}");
    }

    private static List<String> ids(JsonNode list, String field) {
        return list.values().stream().map(one -> one.get(field).stringValue()).toList();
    }

    @Test
    void aTraceIsItsSpansAndItsInferences() throws Exception {
        var within = server.run("{\"prompt\":\"Hello\",\"trace_id\":\"t1\",\"parent_span_id\":\"b\"}")
                .expect(200)
                .get("id")
                .stringValue();
        var named = server.run("{\"prompt\":\"Hello\"}").expect(200).get("id").stringValue();
        server.run("{\"prompt\":\"Hello\"}").expect(200);
        try (var file = server.database()) {
            file.execute("UPDATE inference SET cost_nano_usd = 500000001, input_tokens = 10, output_tokens = 1");
            file.execute("UPDATE inference SET cost_nano_usd = NULL WHERE id = '" + within + "'");
        }
        var answer = send(
                span(
                        "t1",
                        "b",
                        ",\"parent_span_id\":\"a\",\"inference_id\":\"" + named + "\",\"status\":\"error\","
                                + "\"error_message\":\"no\""),
                span(
                        "t1",
                        "a",
                        ",\"session_id\":\"s1\",\"attributes\":{\"framework\":\"x\",\"deep\":[1,{\"a\":null}]}"),
                span("t2", "a", ""));
        assertThat(answer.expect(200).toString()).isEqualTo("{\"accepted\":3}");

        var trace = server.get("/api/v1/traces/t1").expect(200);

        assertThat(trace.get("name").stringValue()).isEqualTo("step a");
        assertThat(trace.get("started_at").stringValue()).isEqualTo("2026-11-23T08:00:00.000Z");
        assertThat(trace.get("span_count").intValue()).isEqualTo(2);
        assertThat(trace.get("error_count").intValue()).isEqualTo(1);
        assertThat(trace.get("session_id").stringValue()).isEqualTo("s1");
        assertThat(trace.get("cost_usd").decimalValue().toPlainString()).isEqualTo("0.500000001");
        assertThat(trace.get("input_tokens").intValue()).isEqualTo(20);
        assertThat(trace.get("output_tokens").intValue()).isEqualTo(2);
        assertThat(ids(trace.get("spans"), "span_id")).containsExactly("a", "b");
        assertThat(trace.get("spans").get(0)).isEqualTo(Json.parse("""
                {"trace_id":"t1","span_id":"a","parent_span_id":null,"name":"step a","kind":"chain",
                 "started_at":"2026-11-23T08:00:00.000Z","ended_at":"2026-11-23T08:00:01.500Z","duration_ms":1500,
                 "status":"ok","error_message":null,"attributes":{"framework":"x","deep":[1,{"a":null}]},"input":null,
                 "output":null,"inference_id":null,"session_id":"s1"}"""));
        assertThat(trace.get("spans").get(1).get("error_message").stringValue()).isEqualTo("no");
        assertThat(ids(trace.get("inferences"), "id")).containsExactly(within, named);
        var record = server.record(within);
        record.remove("content");
        assertThat(trace.get("inferences").get(0)).isEqualTo(record);
        assertThat(record.get("trace_id").stringValue()).isEqualTo("t1");
        assertThat(record.get("parent_span_id").stringValue()).isEqualTo("b");

        var list = server.get("/api/v1/traces").expect(200);
        assertThat(ids(list.get("data"), "trace_id")).containsExactly("t2", "t1");
        trace.remove(List.of("spans", "inferences", "next_cursor"));
        assertThat(list.get("data").get(1)).isEqualTo(trace);
        assertThat(list.get("next_cursor").isNull()).isTrue();
    }

    @Test
    void aTraceOfInferencesAlone() throws Exception {
        var trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (var path : List.of("/api/v1/inferences", "/v1/chat/completions")) {
            server.send(server.request(path)
                            .header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                            .POST(BodyPublishers.ofString("{\"model\":\"demo/demo\","
                                    + (path.startsWith("/v1")
                                            ? "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                                            : "\"prompt\":\"Hi\",\"session_id\":\"s1\"}"))))
                    .expect(200);
        }

        var found = server.get("/api/v1/traces/" + trace).expect(200);

        assertThat(found.get("inferences")).hasSize(2);
        assertThat(ids(found.get("inferences"), "parent_span_id"))
                .containsExactly("00f067aa0ba902b7", "00f067aa0ba902b7");
        assertThat(found.get("name").isNull()).isTrue();
        assertThat(found.get("span_count").intValue()).isZero();
        assertThat(found.get("session_id").stringValue()).isEqualTo("s1");
        assertThat(found.get("started_at").stringValue())
                .isEqualTo(found.get("inferences").get(0).get("created_at").stringValue());
        assertThat(found.get("duration_ms").longValue()).isNotNegative();
        assertThat(ids(
                        server.get("/api/v1/traces?session_id=s1&last=1h")
                                .expect(200)
                                .get("data"),
                        "trace_id"))
                .containsExactly(trace);
        assertThat(server.get("/api/v1/traces?session_id=s2").expect(200).get("data"))
                .isEmpty();
    }

    @Test
    void theBodysTraceComesBeforeTheHeaders() throws Exception {
        var id = server.send(server.request("/api/v1/inferences")
                        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                        .POST(BodyPublishers.ofString("{\"prompt\":\"Hello\",\"trace_id\":\"mine\"}")))
                .expect(200)
                .get("id")
                .stringValue();

        assertThat(server.record(id).get("trace_id").stringValue()).isEqualTo("mine");
        assertThat(server.record(id).get("parent_span_id").isNull()).isTrue();
    }

    @Test
    void sentAgainASpanIsLeftAsItIs() throws Exception {
        send(span("t1", "a", "")).expect(200);
        send(span("t1", "a", ",\"status\":\"error\"").replace("08:00:00Z", "07:00:00Z"), span("t1", "b", ""))
                .expect(200);

        var trace = server.get("/api/v1/traces/t1").expect(200);

        assertThat(trace.get("span_count").intValue()).isEqualTo(2);
        assertThat(trace.get("error_count").intValue()).isZero();
        assertThat(trace.get("started_at").stringValue()).isEqualTo("2026-11-23T08:00:00.000Z");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "..", "%20", "a%2Fb"})
    void aTraceThatIsNotThereIsNotFound(String id) throws Exception {
        assertThat(server.get("/api/v1/traces/" + (id.equals("..") ? "%2E%2E" : id))
                        .status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                       | /spans | is missing
            {"spans":[]}             | /spans | has 0 spans; 1 to 1000 go into one request
            {"spans":{}}             | /spans | must be an array, not an object
            {"spans":[1]}            | /spans/0 | must be an object, not the number 1
            {"spans":[SPAN],"x":1}   | /x | unknown field `x`
            {"spans":[SPAN+"x":1]}   | /spans/0/x | unknown field `x`
            {"spans":[SPAN+"kid":1]} | /spans/0/kid | unknown field `kid`; did you mean `kind`?
            {"spans":[SPAN+"trace_id":""]} | /spans/0/trace_id | must be 1 to 64 letters, digits and _ . : -, and not . or ..
            {"spans":[SPAN+"trace_id":"a b"]} | /spans/0/trace_id | must be 1 to 64 letters, digits and _ . : -, and not . or ..
            {"spans":[SPAN+"span_id":7]} | /spans/0/span_id | must be a string, not the number 7
            {"spans":[SPAN+"span_id":null]} | /spans/0/span_id | is missing
            {"spans":[SPAN+"parent_span_id":"/"]} | /spans/0/parent_span_id | must be 1 to 64 letters, digits and _ . : -, and not . or ..
            {"spans":[SPAN+"name":""]} | /spans/0/name | must have 1 to 200 characters
            {"spans":[SPAN+"kind":"tol"]} | /spans/0/kind | `tol` is none of chain, llm, tool, retriever, agent, embedding, task, other; did you mean `tool`?
            {"spans":[SPAN+"kind":""]} | /spans/0/kind | is empty; one of chain, llm, tool, retriever, agent, embedding, task, other was expected
            {"spans":[SPAN+"started_at":"today"]} | /spans/0/started_at | `today` is no RFC 3339 time, such as 2026-11-23T08:00:00Z
            {"spans":[SPAN+"started_at":"1969-12-31T23:59:59Z"]} | /spans/0/started_at | must be in the years 1970 to 9999
            {"spans":[SPAN+"ended_at":"+10000-01-01T00:00:00Z"]} | /spans/0/ended_at | must be in the years 1970 to 9999
            {"spans":[SPAN+"ended_at":"2026-11-23T07:59:59Z"]} | /spans/0/ended_at | is before `started_at`
            {"spans":[SPAN+"status":"bad"]} | /spans/0/status | is none of ok, error
            {"spans":[SPAN+"attributes":[]]} | /spans/0/attributes | must be an object, not an array
            {"spans":[SPAN+"inference_id":"x"]} | /spans/0/inference_id | is no id of an inference
            {"spans":[SPAN+"session_id":"a b"]} | /spans/0/session_id | must be 1 to 128 letters, digits and _ . : -
            """)
    void mistakesAreNamed(String body, String pointer, String detail) throws Exception {
        var answer = server.post(SPANS, body(body));

        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors")).hasSize(1);
        assertThat(answer.json().get("errors").get(0).get("pointer").stringValue())
                .isEqualTo(pointer);
        assertThat(answer.json().get("errors").get(0).get("detail").stringValue())
                .isEqualTo(detail);
        assertThat(server.get("/api/v1/traces").expect(200).get("data")).isEmpty();
    }

    /** {@code SPAN} is one that is right, {@code SPAN+"field":value} the same with another value there. */
    private static String body(String template) {
        var right = (tools.jackson.databind.node.ObjectNode) Json.parse(span("t1", "a", ""));
        int plus = template.indexOf("SPAN+");
        if (plus < 0) {
            return template.replace("SPAN", right.toString());
        }
        int end = template.lastIndexOf("]}");
        var other = (tools.jackson.databind.node.ObjectNode) Json.parse("{" + template.substring(plus + 5, end) + "}");
        right.setAll(other);
        return template.substring(0, plus) + right + template.substring(end);
    }

    @Test
    void sizesAreBounded() throws Exception {
        var spans = new ArrayList<String>();
        for (int i = 0; i < 1001; i++) {
            spans.add(span("t1", "s" + i, ""));
        }
        assertThat(send(spans.toArray(String[]::new)).problem(400, "invalid_request"))
                .isEqualTo("/spans: has 1001 spans; 1 to 1000 go into one request");
        assertThat(send(span("t1", "a", ",\"attributes\":{\"a\":\"" + "x".repeat(65_536) + "\"}"))
                        .problem(400, "invalid_request"))
                .isEqualTo("/spans/0/attributes: has 65544 characters of JSON; the most is 65536");
        assertThat(send(spans.subList(0, 1000).toArray(String[]::new))
                        .expect(200)
                        .get("accepted")
                        .intValue())
                .isEqualTo(1000);
        assertThat(server.get("/api/v1/traces/t1").expect(200).get("spans")).hasSize(1000);
    }

    @Test
    void allMistakesAreNamedAtOnceUpToAHundred() throws Exception {
        var three = server.post(SPANS, "{\"spans\":[{\"trace_id\":\"a\",\"span_id\":\"b\",\"name\":\"c\"}]}");
        assertThat(ids(three.json().get("errors"), "pointer"))
                .containsExactly("/spans/0/kind", "/spans/0/started_at", "/spans/0/ended_at");
        var wrong = new ArrayList<String>();
        for (int i = 0; i < 1000; i++) {
            wrong.add("{}");
        }
        assertThat(send(wrong.toArray(String[]::new)).json().get("errors")).hasSizeBetween(100, 110);
    }

    @Test
    void aParentNeedsATrace() throws Exception {
        assertThat(server.run("{\"prompt\":\"Hello\",\"parent_span_id\":\"b\"}").problem(400, "invalid_request"))
                .isEqualTo("/parent_span_id: needs the `trace_id` of the trace that it stands in");
        assertThat(server.run("{\"prompt\":\"Hello\",\"trace_id\":\"a/b\"}").problem(400, "invalid_request"))
                .isEqualTo("/trace_id: must be 1 to 64 letters, digits and _ . : -, and not . or ..");
    }

    /** The spans of a trace, page by page. */
    private List<JsonNode> walk(String trace, String limit, int pages) throws Exception {
        var found = new ArrayList<JsonNode>();
        var cursor = "";
        int asked = 0;
        do {
            var page = server.get("/api/v1/traces/" + trace + "?limit=" + limit
                            + (cursor.isEmpty() ? "" : "&cursor=" + cursor))
                    .expect(200);
            found.addAll(page.get("spans").values());
            cursor = page.get("next_cursor").stringValue("");
            asked++;
        } while (!cursor.isEmpty());
        assertThat(asked).isEqualTo(pages);
        return found;
    }

    /** Every span once, by its start, whatever the page's size and however many began and ended together. */
    @Test
    void theSpansOfATraceComeInPages() throws Exception {
        var random = new Random(5);
        var spans = new ArrayList<String>();
        for (int i = 0; i < 300; i++) {
            spans.add(span("t1", "s-" + random.nextInt(100_000) + "." + i, "")
                    .replace("T08:00:00Z", "T08:00:0" + random.nextInt(4) + "Z")
                    .replace("08:00:01.5Z", "09:00:0" + random.nextInt(4) + "Z"));
        }
        send(spans.toArray(String[]::new)).expect(200);
        var all = server.get("/api/v1/traces/t1").expect(200);
        assertThat(all.get("next_cursor").isNull()).isTrue();
        assertThat(all.get("spans")).hasSize(300);
        var expected = all.get("spans").values().stream()
                .sorted(Comparator.comparing(
                                (JsonNode span) -> span.get("started_at").stringValue())
                        .thenComparing(span -> span.get("ended_at").stringValue(), Comparator.reverseOrder())
                        .thenComparing(span -> span.get("span_id").stringValue()))
                .toList();

        assertThat(List.copyOf(all.get("spans").values())).isEqualTo(expected);
        assertThat(walk("t1", "1", 300)).isEqualTo(expected);
        assertThat(walk("t1", "7", 43)).isEqualTo(expected);
        assertThat(walk("t1", "300", 1)).isEqualTo(expected);
        assertThat(server.get("/api/v1/traces/t1?limit=5001&cursor=x").json().get("errors"))
                .hasSize(2);
    }

    /** A page has as much text as a server can hold for many at once, and at least one span. */
    @Test
    void aPageOfLargeSpansIsShorter() throws Exception {
        var text = "x".repeat(65_000);
        for (int i = 10; i < 90; i += 20) {
            var spans = new ArrayList<String>();
            for (int j = i; j < i + 20; j++) {
                spans.add(span("t1", "s" + j, ",\"attributes\":{\"a\":\"" + text + "\"}"));
            }
            send(spans.toArray(String[]::new)).expect(200);
        }

        var first = server.get("/api/v1/traces/t1").expect(200);

        assertThat(first.get("spans")).hasSize(30); // two million characters
        assertThat(first.get("span_count").intValue()).isEqualTo(80);
        var all = walk("t1", "5000", 3);
        assertThat(all)
                .hasSize(80)
                .allMatch(span -> span.get("attributes").get("a").stringValue().equals(text));
    }

    @Test
    void eachPageHasTheInferencesThatItsSpansName() throws Exception {
        var within = server.run("{\"prompt\":\"Hello\",\"trace_id\":\"t1\"}")
                .expect(200)
                .get("id")
                .stringValue();
        var named = server.run("{\"prompt\":\"Hello\"}").expect(200).get("id").stringValue();
        send(span("t1", "a", ""), span("t1", "b", ",\"inference_id\":\"" + named + "\""))
                .expect(200);

        var first = server.get("/api/v1/traces/t1?limit=1").expect(200);
        var second = server.get(
                        "/api/v1/traces/t1?cursor=" + first.get("next_cursor").stringValue())
                .expect(200);

        assertThat(ids(first.get("inferences"), "id")).containsExactly(within);
        assertThat(ids(second.get("inferences"), "id")).containsExactly(named);
    }

    /** Every trace once, newest first, whatever the page's size and however many began together. */
    @Test
    void pagesFollowEachOtherToTheEnd() throws Exception {
        var random = new Random(3);
        var all = new ArrayList<String[]>();
        var spans = new ArrayList<String>();
        for (int i = 0; i < 300; i++) {
            var at = Instant.parse("2026-11-23T08:00:00Z").plusSeconds(random.nextInt(40));
            var id = "t-" + random.nextInt(100_000) + "." + i;
            all.add(new String[] {at.toString(), id});
            spans.add(span(id, "a", "")
                    .replace("2026-11-23T08:00:00Z", at.toString())
                    .replace("08:00:01.5Z", "09:00:00Z"));
        }
        send(spans.toArray(String[]::new)).expect(200);
        var expected = all.stream()
                .sorted(Comparator.comparing((String[] trace) -> trace[0])
                        .thenComparing(trace -> trace[1])
                        .reversed())
                .map(trace -> trace[1])
                .toList();
        for (int limit : new int[] {1, 7, 100, 200}) {
            var found = new ArrayList<String>();
            var cursor = "";
            do {
                var page = server.get("/api/v1/traces?limit=" + limit + (cursor.isEmpty() ? "" : "&cursor=" + cursor))
                        .expect(200);
                found.addAll(ids(page.get("data"), "trace_id"));
                cursor = page.get("next_cursor").stringValue("");
                assertThat(page.get("data")).hasSizeLessThanOrEqualTo(limit);
            } while (!cursor.isEmpty());
            assertThat(found).isEqualTo(expected);
        }
        assertThat(server.get("/api/v1/traces?cursor=x").problem(400, "invalid_request"))
                .startsWith("?cursor: not a cursor of this list");
        var window = server.get("/api/v1/traces?limit=200&since=2026-11-23T08:00:10Z&until=2026-11-23T08:00:20Z")
                .expect(200)
                .get("data");
        assertThat(window).hasSize((int) all.stream()
                .filter(trace -> trace[0].compareTo("2026-11-23T08:00:10Z") >= 0
                        && trace[0].compareTo("2026-11-23T08:00:20Z") < 0)
                .count());
        assertThat(server.get("/api/v1/traces?until=1960-01-01T00:00:00Z")
                        .expect(200)
                        .get("data"))
                .isEmpty();
    }
}
