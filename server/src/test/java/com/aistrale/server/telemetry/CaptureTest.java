package com.aistrale.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is said is kept where the workspace says so, and nowhere else. */
@Timeout(60)
class CaptureTest {
    @TempDir
    Path folder;

    private RawServer upstream;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                if (request.contains("\"fail\"")) {
                    line.write(OpenAiUpstream.error(400, "", "No."));
                } else if (request.contains("\"stream\":true")) {
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

    private void capture() throws Exception {
        try (var file = server.database()) {
            file.execute("UPDATE workspace SET capture_content = 1");
        }
    }

    private JsonNode content(String id) throws Exception {
        return server.record(id).get("content");
    }

    private String run(String json) throws Exception {
        var answer = server.run(json);
        return String.valueOf(answer.header("x-aistrale-inference-id"));
    }

    @Test
    void withoutTheSettingNothingIsKept() throws Exception {
        var id = run("{\"prompt\":\"my secret\",\"model\":\"gpt-4o\"}");
        server.post("/api/v1/telemetry/spans", """
                        {"spans":[{"trace_id":"t","span_id":"s","name":"n","kind":"tool","input":"my secret","output":1,
                        "started_at":"2026-11-23T08:00:00Z","ended_at":"2026-11-23T08:00:01Z"}]}""").expect(200);

        assertThat(content(id).isNull()).isTrue();
        try (var file = server.database()) {
            assertThat(file.rows("SELECT * FROM inference_content")).isEmpty();
            assertThat(file.rows("SELECT input, output FROM span")).containsExactly("null|null");
            assertThat(file.rows("SELECT * FROM inference").toString()).doesNotContain("my secret");
            assertThat(file.rows("SELECT * FROM event").toString()).doesNotContain("my secret");
        }
    }

    @Test
    void messagesAndAnswerOfEverySurface() throws Exception {
        capture();
        var expected = """
                {"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}],
                "message":{"role":"assistant","content":"Hi there."}}""";
        var plain = run("{\"system\":\"Be brief.\",\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}");
        var stream = run("{\"system\":\"Be brief.\",\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"stream\":true}");
        var openAi = server.post("/v1/chat/completions", """
                {"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}]}
                """).header("x-aistrale-inference-id");

        for (var id : new String[] {plain, stream, String.valueOf(openAi)}) {
            assertThat(content(id)).isEqualTo(Json.parse(expected));
        }
        assertThat(server.records()).noneMatch(record -> record.has("content"));
    }

    @Test
    void aFailureHasMessagesAndNoAnswer() throws Exception {
        capture();
        var id = run("{\"prompt\":\"fail\",\"model\":\"gpt-4o\"}");

        assertThat(server.record(id).get("status").stringValue()).isEqualTo("failed");
        assertThat(content(id))
                .isEqualTo(Json.parse("{\"messages\":[{\"role\":\"user\",\"content\":\"fail\"}],\"message\":null}"));
    }

    @Test
    void aChangeOfTheSettingIsSeenWithinTwoSeconds() throws Exception {
        var before = run("{\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}");
        capture();
        Thread.sleep(2000);

        var after = run("{\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}");

        assertThat(content(before).isNull()).isTrue();
        assertThat(content(after).isObject()).isTrue();
    }

    @Test
    void anImageIsCutAndSaysSo() throws Exception {
        capture();
        var id = run("""
                {"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,%s"}}]}]}""".formatted("A".repeat(400_000)));

        var parts = content(id).get("messages").get(0).get("content");
        assertThat(parts.get(0).get("text").stringValue()).isEqualTo("What is this?");
        assertThat(parts.get(1).get("image_url").get("url").stringValue())
                .isEqualTo("data:image/png;base64,…[cut: 400022 characters]");
    }

    @Test
    void whatIsKeptIsSearched() throws Exception {
        capture();
        var id = run("{\"prompt\":\"The Quick \\\"fox\\\"\",\"model\":\"gpt-4o\"}");
        run("{\"prompt\":\"fail\",\"model\":\"gpt-4o\"}");

        for (var text : new String[] {"quick%20%22FOX%22", "quick"}) {
            var found = server.get("/api/v1/telemetry?last=1h&q=" + text)
                    .expect(200)
                    .get("data");
            assertThat(found).hasSize(1);
            assertThat(found.get(0).get("id").stringValue()).isEqualTo(id);
        }
        assertThat(server.get("/api/v1/telemetry?last=1h&q=there.").expect(200).get("data"))
                .as("in the answer")
                .hasSize(1);
        assertThat(Json.parse(server.get("/api/v1/telemetry/export?last=1h&q=quick")
                                .body())
                        .get("content"))
                .isEqualTo(content(id));
    }

    @Test
    void inputAndOutputOfSpansAreKeptToo() throws Exception {
        capture();
        server.post("/api/v1/telemetry/spans", """
                        {"spans":[{"trace_id":"t","span_id":"s","name":"n","kind":"tool","input":{"a":[1]},"output":"x",
                        "started_at":"2026-11-23T08:00:00Z","ended_at":"2026-11-23T08:00:01Z"}]}""").expect(200);

        var span = server.get("/api/v1/traces/t").expect(200).get("spans").get(0);
        assertThat(span.get("input").toString()).isEqualTo("{\"a\":[1]}");
        assertThat(span.get("output").stringValue()).isEqualTo("x");
    }
}
