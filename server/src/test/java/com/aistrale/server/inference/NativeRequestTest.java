package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.ChatRequest.Sampling;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.telemetry.InferenceRecord.TraceContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NativeRequestTest {
    @Test
    void aPromptIsEnough() {
        var request = read("{\"prompt\": \"Hi\"}");
        assertThat(request)
                .isEqualTo(new NativeRequest(
                        ChatRequest.of(List.of(Message.of(Role.USER, "Hi"))),
                        null,
                        null,
                        List.of(),
                        false,
                        null,
                        Map.of(),
                        null,
                        false,
                        null));
    }

    @Test
    void everyField() {
        var request = read("""
            {"system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}],
             "model": "openai/gpt-4o", "provider": "openai", "fallbacks": ["groq/x", "fast"], "temperature": 1.5, "top_p": 1, "seed": 9007199254740993,
             "max_output_tokens": 100, "stop": "END", "reasoning_effort": "high",
             "tools": [{"type": "function", "function": {"name": "add", "description": "Adds",
                        "parameters": {"type": "object"}, "strict": true}}],
             "tool_choice": {"type": "function", "function": {"name": "add"}},
             "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
             "session_id": "ses_1", "trace_id": "trace-1", "parent_span_id": "span-1", "metadata": {"team": "a"}, "timeout_ms": 1500, "stream": true, "resumable": true,
             "provider_options": {"top_k": 5}}\
            """);
        var object = Json.parse("{\"type\": \"object\"}");
        assertThat(request)
                .isEqualTo(new NativeRequest(
                        new ChatRequest(
                                List.of(Message.of(Role.SYSTEM, "Be brief."), Message.of(Role.USER, "Hi")),
                                new Sampling(1.5, 1.0, null, null, 9007199254740993L),
                                100,
                                List.of("END"),
                                List.of(new Tool("add", "Adds", object, true, null)),
                                new ToolChoice.Named("add"),
                                null,
                                new ResponseFormat.JsonSchema("n", null, object, null),
                                "high",
                                Map.of(),
                                Json.object().put("top_k", 5),
                                null),
                        "openai/gpt-4o",
                        "openai",
                        List.of("groq/x", "fast"),
                        true,
                        "ses_1",
                        Map.of("team", "a"),
                        Duration.ofMillis(1500),
                        true,
                        new TraceContext("trace-1", "span-1")));
    }

    @Test
    void nullSaysNothing() {
        assertThat(read("{\"prompt\": \"Hi\", \"model\": null, \"stop\": null, \"tools\": null, \"metadata\": null,"
                        + " \"messages\": null, \"stream\": null, \"temperature\": null}"))
                .isEqualTo(read("{\"prompt\": \"Hi\"}"));
    }

    @Test
    void allMistakesAtOnce() {
        var body = """
            {"promt": "Hi", "messages": [{"role": "users", "content": "x"}, {"role": "user"}, 7,
             {"role": "user", "content": [{"type": "text"}]}], "temperature": "hot", "top_p": 2, "stop": [1]}\
            """;
        assertThat(mistakes(body))
                .containsExactly(
                        "/promt: unknown field `promt`; did you mean `prompt`?",
                        "/messages/0/role: must be system, developer, user, assistant or tool, not `users`",
                        "/messages/1/content: is missing",
                        "/messages/2: must be an object, not the number 7",
                        "/messages/3/content/0/text: is missing",
                        "/temperature: must be a number, not a string",
                        "/top_p: must be 0 to 1, not 2",
                        "/stop/0: must be a string, not the number 1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                    | /prompt: exactly one of `prompt`, `messages` and `prompt_ref` is needed, and none is there
        {"prompt":"a","messages":[{"role":"user","content":"b"}]} | /messages: exactly one of `prompt`, `messages` and `prompt_ref` is needed, and two are there
        {"prompt":""}                         | /prompt: is empty
        {"prompt":" \\n"}                     | /prompt: is empty
        {"prompt":1}                          | /prompt: must be a string, not the number 1
        {"messages":[]}                       | /messages: is empty; at least one message is needed
        {"messages":{}}                       | /messages: must be an array, not an object
        {"prompt":"a","nonsense":null}        | /nonsense: unknown field `nonsense`
        {"prompt":"a","temperature":2.1}      | /temperature: must be 0 to 2, not 2.1
        {"prompt":"a","temperature":-1}       | /temperature: must be 0 to 2, not -1
        {"prompt":"a","temperature":1e400}    | /temperature: must be 0 to 2, not 1E+400
        {"prompt":"a","max_output_tokens":0}  | /max_output_tokens: must be 1 to 2147483647, not 0
        {"prompt":"a","max_output_tokens":1.5}| /max_output_tokens: must be a whole number, not the number 1.5
        {"prompt":"a","timeout_ms":0}         | /timeout_ms: must be 1 to 3600000, not 0
        {"prompt":"a","timeout_ms":3600001}   | /timeout_ms: must be 1 to 3600000, not 3600001
        {"prompt":"a","seed":1e30}            | /seed: must be a whole number, not the number 1E+30
        {"prompt":"a","model":""}             | /model: is empty; leave it out or give it a value
        {"prompt":"a","stream":"yes"}         | /stream: must be true or false, not a string
        {"prompt":"a","session_id":"a b"}     | /session_id: must be 1 to 128 letters, digits and _ . : -
        {"prompt":"a","session_id":""}        | /session_id: must be 1 to 128 letters, digits and _ . : -
        {"prompt":"a","metadata":{"a":1}}     | /metadata/a: must be a string, not the number 1
        {"prompt":"a","metadata":{"a/b~":[]}} | /metadata/a~1b~0: must be a string, not an array
        {"prompt":"a","stop":{}}              | /stop: must be a string or an array of strings, not an object
        {"prompt":"a","max_tokens":5}         | /max_tokens: unknown field `max_tokens`; did you mean `max_output_tokens`?
        {"prompt":"a","temprature":1}         | /temprature: unknown field `temprature`; did you mean `temperature`?
        {"prompt":"a","prompt_reff":{}}       | /prompt_reff: unknown field `prompt_reff`; did you mean `prompt_ref`?
        {"prompt":"a","fallback":[]}          | /fallback: unknown field `fallback`; did you mean `fallbacks`?
        {"prompt":"a","fallbacks":{}}         | /fallbacks: must be an array, not an object
        {"prompt":"a","provider_options":{"stream":true}} | /provider_options/stream: is said by the field of the request, not by an option of the provider
        {"prompt":"a","tool_choice":"any"}    | /tool_choice: must be auto, none, required or a function, not `any`
        {"prompt":"a","tool_choice":3}        | /tool_choice: must be a string or an object, not the number 3
        {"prompt":"a","tools":[{"type":"web_search"}]} | /tools/0: must be of type function, not `web_search`; a provider's own tools go into provider_options
        {"prompt":"a","tools":[{"type":"function"}]}   | /tools/0/function: is missing
        {"prompt":"a","tools":[{"type":"function","function":{}}]} | /tools/0/function/name: is missing
        {"prompt":"a","tools":[{"function":{"name":"f","params":{}}}]} | /tools/0/function/params: unknown field `params`
        {"prompt":"a","response_format":{}}   | /response_format/type: is missing
        {"prompt":"a","response_format":{"type":"xml"}} | /response_format: must be of type text, json_object or json_schema, not `xml`
        {"prompt":"a","response_format":{"type":"json_schema"}} | /response_format/json_schema: is missing
        {"prompt":"a","response_format":{"type":"json_schema","json_schema":{"name":"n"}}} | /response_format/json_schema: needs a `schema`
        {"messages":[{"content":"a"}]}        | /messages/0/role: is missing
        {"messages":[{"role":"user","content":[]}]}  | /messages/0/content: is an empty array; at least one part is needed
        {"messages":[{"role":"user","content":7}]}   | /messages/0/content: must be a string or an array of parts, not the number 7
        {"messages":[{"role":"user","content":["a"]}]} | /messages/0/content/0: must be an object with a `type`, not a string
        {"messages":[{"role":"user","content":[{"type":"image_url"}]}]} | /messages/0/content/0/image_url: is missing
        {"messages":[{"role":"user","content":[{"type":"image_url","image_url":"u"}]}]} | /messages/0/content/0/image_url: must be an object, not a string
        {"messages":[{"role":"user","content":"a","tool_calls":[]}]} | /messages/0/tool_calls: unknown field `tool_calls`
        {"messages":[{"role":"user","contnt":"a","content":"b"}]} | /messages/0/contnt: unknown field `contnt`; did you mean `content`?
        {"messages":[{"role":"assistant"}]}   | /messages/0/content: is missing; an assistant's message needs content or tool_calls
        {"messages":[{"role":"tool","content":"a"}]} | /messages/0/tool_call_id: is missing
        {"messages":[{"role":"assistant","tool_calls":[{"id":"1"}]}]} | /messages/0/tool_calls/0/function: is missing
        {"messages":[{"role":"assistant","tool_calls":[{"id":"1","type":"custom"}]}]} | /messages/0/tool_calls/0: must be of type function, not `custom`
        {"messages":[{"role":"assistant","content":"a","thinking_blocks":[{"type":"thought"}]}]} | /messages/0/thinking_blocks/0: must be of type thinking or redacted_thinking, not `thought`
        """)
    void oneMistake(String body, String expected) {
        assertThat(mistakes(body)).containsExactly(expected);
    }

    @Test
    void namesHaveAtMost256Characters() {
        var longest = "🎵".repeat(256);
        var request = read(Json.text(named(longest)));
        assertThat(request.model()).isEqualTo(longest);
        assertThat(request.provider()).isEqualTo(longest);
        assertThat(request.fallbacks()).containsExactly(longest);
        assertThat(mistakes(Json.text(named(longest + "x"))))
                .containsExactly(
                        "/model: is longer than 256 characters",
                        "/provider: is longer than 256 characters",
                        "/fallbacks/0: is longer than 256 characters");
    }

    private static tools.jackson.databind.node.ObjectNode named(String name) {
        var body = Json.object().put("prompt", "Hi").put("model", name).put("provider", name);
        body.putArray("fallbacks").add(name);
        return body;
    }

    @Test
    void metadataHasLimits() {
        var many = Json.object();
        for (int i = 0; i < 33; i++) {
            many.put("k" + i, "v");
        }
        assertThat(mistakes(withMetadata(many))).containsExactly("/metadata: has 33 entries; the most is 32");
        many.remove("k0");
        assertThat(read(withMetadata(many)).metadata()).hasSize(32);

        var key = "k".repeat(65);
        assertThat(mistakes(withMetadata(Json.object().put(key, "v"))))
                .containsExactly("/metadata/" + key + ": the key must have 1 to 64 characters");
        assertThat(mistakes(withMetadata(Json.object().put("k", "v".repeat(513)))))
                .containsExactly("/metadata/k: is longer than 512 characters");
        assertThat(read(withMetadata(Json.object().put("k".repeat(64), "v".repeat(512))))
                        .metadata())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ses_01j9", "user:7", "a.b-c_D", "x"})
    void sessionIds(String id) {
        assertThat(read("{\"prompt\": \"Hi\", \"session_id\": \"" + id + "\"}").sessionId())
                .isEqualTo(id);
    }

    @Test
    void wholeNumbersMayBeWrittenWithAFraction() {
        assertThat(read("{\"prompt\": \"Hi\", \"max_output_tokens\": 10.0}")
                        .chat()
                        .maxOutputTokens())
                .isEqualTo(10);
    }

    @Test
    void notJson() {
        assertThatThrownBy(() -> Json.body("{\"prompt\": ".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(ProblemException.class)
                .hasMessageStartingWith("invalid_request: the body is not valid JSON, line 1");
    }

    private static String withMetadata(tools.jackson.databind.node.ObjectNode metadata) {
        return Json.text(Json.object().put("prompt", "Hi").set("metadata", metadata));
    }

    private static NativeRequest read(String body) {
        return NativeRequest.read(Json.body(body.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> mistakes(String body) {
        var thrown = catchThrowableOfType(ProblemException.class, () -> read(body));
        assertThat(thrown).as("what came of %s", body).isNotNull();
        return thrown.problem().errors().stream()
                .map(error -> error.pointer() + ": " + error.detail())
                .toList();
    }
}
