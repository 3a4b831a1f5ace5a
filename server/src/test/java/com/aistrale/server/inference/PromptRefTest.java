package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.app.TestServer.Answer;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Runs of stored prompts, through the whole server. */
@Timeout(60)
class PromptRefTest {
    private static final String USE = "{\"name\":\"greeting\",\"version\":%d}";

    @TempDir
    Path folder;

    private RawServer upstream;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            while (line.request() instanceof String request) {
                if (request.contains("\"stream\":true")) {
                    OpenAiUpstream.stream(line, "Hi");
                } else {
                    line.write(OpenAiUpstream.answer("Hi"));
                }
            }
        });
        server = TestServer.in(folder).openAi(upstream.url()).start();
        make("""
            {"name":"greeting","messages":[{"role":"system","content":"Be {{mood}}."},{"role":"user","content":"I am {{who}}."}],
             "variables":[{"name":"mood","default":"kind"}],
             "settings":{"model":"gpt-4o","temperature":0.5,"max_output_tokens":100,"stop":["END"],"seed":1}}\
            """);
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    private void make(String prompt) throws Exception {
        server.post("/api/v1/prompts", prompt).expect(201);
    }

    private void label(int version) throws Exception {
        server.send(server.request("/api/v1/prompts/greeting/labels/production")
                        .PUT(BodyPublishers.ofString("{\"version\":" + version + "}")))
                .expect(200);
    }

    private Answer run(String ref, String more) throws Exception {
        return server.run(
                "{\"prompt_ref\":{\"name\":\"greeting\",\"variables\":{\"who\":\"Ada\"}" + ref + "}" + more + "}");
    }

    private JsonNode asked() {
        var request = upstream.requests().getLast();
        return Json.parse(request.substring(request.indexOf("\r\n\r\n") + 4));
    }

    private static List<String> errors(Answer answer) {
        answer.problem(400, "invalid_request");
        return answer.json()
                .get("errors")
                .valueStream()
                .map(error -> error.get("pointer").stringValue() + ": "
                        + error.get("detail").stringValue())
                .toList();
    }

    @Test
    void theProviderGetsTheRenderingAndTheSettings() throws Exception {
        var answer = run("", "").expect(200);

        var asked = asked();
        assertThat(asked.get("messages")).isEqualTo(Json.parse("""
            [{"role":"system","content":"Be kind."},{"role":"user","content":"I am Ada."}]\
            """));
        assertThat(asked.get("model").stringValue()).isEqualTo("gpt-4o");
        assertThat(asked.get("temperature").doubleValue()).isEqualTo(0.5);
        assertThat(asked.get("seed").intValue()).isEqualTo(1);
        assertThat(asked.get("stop")).isEqualTo(Json.parse("[\"END\"]"));
        assertThat(asked.toString()).contains("100");
        assertThat(answer.get("prompt")).isEqualTo(Json.parse(USE.formatted(1)));
        var record = server.record(answer.get("id").stringValue());
        assertThat(record.get("prompt")).isEqualTo(Json.parse(USE.formatted(1)));
        try (var file = server.database()) {
            assertThat(file.rows("SELECT data FROM event WHERE type = 'inference.completed'"))
                    .hasSize(1)
                    .allSatisfy(
                            data -> assertThat(Json.parse(data).get("prompt")).isEqualTo(answer.get("prompt")));
            assertThat(file.rows("SELECT prompt_name, prompt_version FROM inference"))
                    .containsExactly("greeting|1");
        }
    }

    @Test
    void theRunsOwnFieldsWin() throws Exception {
        run("", ",\"model\":\"gpt-4o-mini\",\"temperature\":1,\"stop\":[],\"seed\":null,\"system\":\"First.\"")
                .expect(200);

        var asked = asked();
        assertThat(asked.get("model").stringValue()).isEqualTo("gpt-4o-mini");
        assertThat(asked.get("temperature").doubleValue()).isEqualTo(1);
        assertThat(asked.has("stop")).isFalse();
        assertThat(asked.get("seed").intValue()).as("null says nothing").isEqualTo(1);
        assertThat(asked.get("messages").get(0).get("content").stringValue()).isEqualTo("First.");
        assertThat(asked.get("messages")).hasSize(3);
    }

    @Test
    void aModelOfTheRunsOwnGoesWithoutTheVersionsProvider() throws Exception {
        make("{\"name\":\"p\",\"text\":\"x\",\"settings\":{\"provider\":\"anthropic\",\"model\":\"claude-x\"}}");

        var own = server.run("{\"prompt_ref\":{\"name\":\"p\"},\"model\":\"gpt-4o\"}")
                .expect(200);
        var neither = server.run("{\"prompt_ref\":{\"name\":\"p\"}}");

        assertThat(own.get("provider").stringValue()).isEqualTo("openai");
        neither.problem(422, "no_provider");
        assertThat(server.run("{\"prompt_ref\":{\"name\":\"p\"},\"provider\":\"openai\"}")
                        .expect(200)
                        .get("model")
                        .stringValue())
                .isEqualTo("claude-x");
    }

    @Test
    void aStreamSaysWhichVersionItIs() throws Exception {
        var answer = run("", ",\"stream\":true");

        assertThat(answer.status()).isEqualTo(200);
        var last = answer.body().substring(answer.body().lastIndexOf("data: ") + 6);
        assertThat(Json.parse(last).get("prompt")).isEqualTo(Json.parse(USE.formatted(1)));
    }

    @Test
    void theLabelDecidesAndAMoveHoldsAtOnce() throws Exception {
        server.post(
                        "/api/v1/prompts/greeting/versions",
                        "{\"text\":\"Two {{who}}\",\"settings\":{\"model\":\"gpt-4o\"}}")
                .expect(201);
        assertThat(run("", "").expect(200).get("prompt")).isEqualTo(Json.parse(USE.formatted(2)));
        label(1);
        assertThat(run("", "").expect(200).get("prompt")).isEqualTo(Json.parse(USE.formatted(1)));
        label(2);
        assertThat(run("", "").expect(200).get("prompt")).isEqualTo(Json.parse(USE.formatted(2)));
        assertThat(run(",\"version\":1", "").expect(200).get("prompt")).isEqualTo(Json.parse(USE.formatted(1)));
        assertThat(run(",\"label\":\"latest\"", "").expect(200).get("prompt")).isEqualTo(Json.parse(USE.formatted(2)));
        assertThat(asked().get("messages")).isEqualTo(Json.parse("[{\"role\":\"user\",\"content\":\"Two Ada\"}]"));
        server.delete("/api/v1/prompts/greeting");
        run(",\"version\":1", "").problem(404, "not_found");
    }

    @Test
    void whatIsNotThereIsNamedBeforeAnythingIsAsked() throws Exception {
        var prompt = server.run("{\"prompt_ref\":{\"name\":\"greting\"}}");
        var version = run(",\"version\":9", "");
        var label = run(",\"label\":\"producton\"", "");

        assertThat(prompt.problem(404, "not_found"))
                .isEqualTo("There is no prompt `greting` in this workspace; did you mean `greeting`?");
        assertThat(version.problem(404, "not_found"))
                .isEqualTo("The prompt `greeting` has no version 9; its latest is 1.");
        assertThat(label.problem(404, "not_found")).isEqualTo("The prompt `greeting` has no label `producton`.");
        for (var name : List.of("", "a b", "\\u0000", "\\ud83d", "\\u00ff/")) {
            server.run("{\"prompt_ref\":{\"name\":\"" + name + "\"}}").problem(404, "not_found");
        }
        assertThat(upstream.requests()).isEmpty();
        assertThat(server.records()).isEmpty();
    }

    @Test
    void everyMistakeIsNamed() throws Exception {
        assertThat(errors(
                        server.run("{\"prompt_ref\":{\"name\":\"greeting\",\"version\":1,\"label\":\"a\",\"vars\":{}},"
                                + "\"prompt\":\"x\",\"messages\":[],\"temperature\":9}")))
                .containsExactly(
                        "/prompt: exactly one of `prompt`, `messages` and `prompt_ref` is needed, and two are there",
                        "/messages: exactly one of `prompt`, `messages` and `prompt_ref` is needed, and two are there",
                        "/prompt_ref/vars: unknown field `vars`",
                        "/prompt_ref/label: `version` and `label` say the same thing in two ways: give one",
                        "/temperature: must be 0 to 2, not 9");
        assertThat(errors(server.run("{\"prompt_ref\":\"greeting\",\"tempreature\":1}")))
                .containsExactly(
                        "/prompt_ref: must be an object, not a string",
                        "/tempreature: unknown field `tempreature`; did you mean `temperature`?");
        assertThat(errors(server.run("{\"prompt_ref\":{}}"))).containsExactly("/prompt_ref/name: is missing");
        assertThat(errors(server.run("{\"prompt_ref\":{\"name\":\"greeting\",\"variables\":{\"mod\":1}}}")))
                .containsExactly(
                        "/prompt_ref/variables/who: is missing; the prompt needs a string",
                        "/prompt_ref/variables/mod: the prompt has no variable `mod`; did you mean `mood`?");
        assertThat(upstream.requests()).isEmpty();
    }

    @Test
    void aRenderingOfOneRunLeavesTheNextOneAlone() throws Exception {
        make("""
            {"name":"tools","text":"x","settings":{"model":"gpt-4o","tools":[{"type":"function","function":
             {"name":"f","parameters":{"type":"object","properties":{}}}}]}}\
            """);

        server.run("{\"prompt_ref\":{\"name\":\"tools\"}}").expect(200);
        var first = asked();
        server.run("{\"prompt_ref\":{\"name\":\"tools\"}}").expect(200);

        assertThat(asked()).isEqualTo(first);
    }

    @Test
    void anInferenceWithoutAPromptHasNone() throws Exception {
        var answer = server.run("{\"prompt\":\"x\",\"prompt_ref\":null,\"model\":\"gpt-4o\"}")
                .expect(200);

        assertThat(answer.get("prompt").isNull()).isTrue();
    }

    @Test
    void noPromptAndNoLabelIsCalledByALongName() throws Exception {
        var ref = "{\"prompt_ref\":{\"name\":\"%s\",\"label\":\"%s\"}}";
        assertThat(errors(server.run(ref.formatted("n".repeat(101), "l".repeat(41)))))
                .containsExactly(
                        "/prompt_ref/name: must be at most 100 characters, not 101",
                        "/prompt_ref/label: must be at most 40 characters, not 41");
        server.run(ref.formatted("n".repeat(100), "l".repeat(40))).problem(404, "not_found");
    }
}
