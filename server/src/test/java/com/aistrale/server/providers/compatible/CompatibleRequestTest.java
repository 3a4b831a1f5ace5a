package com.aistrale.server.providers.compatible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.NativeRequest;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.wire.openai.ChatCompletionsRequest;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class CompatibleRequestTest {
    @Test
    void whatAClientSentGoesThroughButForTheModel() {
        var chat = openAi("{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\",\"new\":1}],\"model\":\"acme/m-1\","
                + "\"made_up\":{\"a\":1.10},\"n\":2}");
        assertThat(sent(chat, false))
                .isEqualTo("{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\",\"new\":1}],\"model\":\"m-1\","
                        + "\"made_up\":{\"a\":1.10},\"n\":2}");
    }

    @Test
    void whatAClientSentIsNotChanged() {
        var before = "{\"model\":\"acme/m-1\",\"messages\":[{\"role\":\"developer\",\"content\":\"a\"}],"
                + "\"max_completion_tokens\":5,\"stream\":true,\"stream_options\":{\"x\":1}}";
        var chat = openAi(before);
        assertThat(sent(chat, true))
                .isEqualTo("{\"model\":\"m-1\",\"messages\":[{\"role\":\"system\",\"content\":\"a\"}],\"stream\":true,"
                        + "\"stream_options\":{\"x\":1,\"include_usage\":true},\"max_tokens\":5}");
        assertThat(Json.text(Objects.requireNonNull(chat.openAi()))).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        "max_tokens":5                        | max_completion_tokens | "max_completion_tokens":5
        "max_tokens":5,"max_completion_tokens":6 | max_completion_tokens | "max_tokens":5,"max_completion_tokens":6
        "max_tokens":5                        | none                  | "max_tokens":5
        "max_completion_tokens":5             | none                  | "max_tokens":5
        "seed":5                              | random_seed           | "random_seed":5
        "seed":5                              | no_seed               | "seed":5
        "stream_options":{"include_usage":true} | none                | "stop":null
        """)
    void renames(String field, String quirk, String expected) {
        var chat = openAi(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stop\":null," + field + "}");
        var fields = expected.equals("\"stop\":null") ? expected : "\"stop\":null," + expected;
        assertThat(sent(chat, false, quirk))
                .isEqualTo("{\"model\":\"m-1\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]," + fields + "}");
    }

    @Test
    void developersStayWhereTheyAreKnown() {
        var chat = openAi("{\"model\":\"m\",\"messages\":[{\"role\":\"developer\",\"content\":\"a\"}]}");
        assertThat(sent(chat, false, "developer_role"))
                .isEqualTo("{\"model\":\"m-1\",\"messages\":[{\"role\":\"developer\",\"content\":\"a\"}]}");
    }

    @Test
    void streamsReportUsageWhereTheyCanBeAskedTo() {
        assertThat(sent(CompatibleFixture.HI, true))
                .isEqualTo("{\"model\":\"m-1\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true,"
                        + "\"stream_options\":{\"include_usage\":true}}");
        assertThat(sent(CompatibleFixture.HI, true, "no_stream_options"))
                .isEqualTo("{\"model\":\"m-1\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}");
    }

    @Test
    void anyOtherRequestIsEncoded() {
        var chat = ours("""
            {"messages": [{"role": "system", "content": "Be brief."},
              {"role": "user", "content": [{"type": "text", "text": "What?", "cache_control": {"type": "ephemeral"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}}]},
              {"role": "assistant", "content": null, "reasoning_content": "hm",
               "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}]},
              {"role": "tool", "tool_call_id": "c1", "content": "3"}],
             "temperature": 0.5, "top_p": 0.25, "seed": 7, "max_output_tokens": 10, "stop": "END",
             "tools": [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}],
             "tool_choice": "auto", "reasoning_effort": "low",
             "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": true}},
             "provider_options": {"top_k": 5, "metadata": {"a": "b"}}}\
            """);
        var expected = """
            {"model":"m-1","messages":[{"role":"system","content":"Be brief."},\
            {"role":"user","content":[{"type":"text","text":"What?"},\
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}}]},\
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",\
            "function":{"name":"add","arguments":"{}"}}]},\
            {"role":"tool","tool_call_id":"c1","content":"3"}],\
            "temperature":0.5,"top_p":0.25,"seed":7,"max_completion_tokens":10,"stop":["END"],\
            "tools":[{"type":"function","function":{"name":"add","parameters":{"type":"object"}}}],\
            "tool_choice":"auto",\
            "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{},"strict":true}},\
            "reasoning_effort":"low","top_k":5,"metadata":{"a":"b"}}\
            """;
        assertThat(sent(chat, false, "max_completion_tokens")).isEqualTo(expected);
        assertThat(sent(chat, false)).isEqualTo(expected.replace("max_completion_tokens", "max_tokens"));
    }

    @Test
    void reasoningGoesBackBesideToolCallsWhereItMust() {
        var chat = ours("{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":\"r1\"},"
                + "{\"role\":\"assistant\",\"reasoning_content\":\"r2\",\"tool_calls\":[{\"id\":\"c\",\"function\":"
                + "{\"name\":\"f\",\"arguments\":\"\"}}]}]}");
        assertThat(sent(chat, false, "reasoning_content_goes_back"))
                .isEqualTo("{\"model\":\"m-1\",\"messages\":[{\"role\":\"assistant\",\"content\":\"a\"},"
                        + "{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"r2\",\"tool_calls\":[{\"id\":"
                        + "\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}]}");
    }

    @Test
    void markersGoWhereTheyAreKnown() {
        var chat = ours("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\","
                + "\"cache_control\":{\"type\":\"ephemeral\"}}]}]}");
        assertThat(sent(chat, false, "cache_markers"))
                .isEqualTo("{\"model\":\"m-1\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                        + "\"text\":\"a\",\"cache_control\":{\"type\":\"ephemeral\"}}]}]}");
        assertThat(sent(chat, false))
                .isEqualTo("{\"model\":\"m-1\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        "seed":5                                 | no_seed                 | /seed: Acme has nothing that means this; leave it out
        "tools":[{"function":{"name":"f"}}]      | no_tools                | /tools: Acme has nothing that means this; choose another provider
        "tool_choice":"required"                 | no_tool_choice_required | /tool_choice: Acme has nothing that means this; use "auto" or name a function
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}} | no_json_schema | /response_format: Acme has nothing that means this; use {"type": "json_object"} and say the schema in the prompt
        """)
    void whatTheProviderDoesNotKnowIsRefused(String field, String quirk, String expected) {
        var chat = ours("{\"prompt\":\"Hi\"," + field + "}");
        assertThatThrownBy(() -> sent(chat, false, quirk))
                .isInstanceOf(ProblemException.class)
                .hasMessage("invalid_request: " + expected);
        assertThat(sent(chat, false)).isNotEmpty();
    }

    private static String sent(ChatRequest chat, boolean stream, String... quirks) {
        return Json.text(CompatibleRequest.body(CompatibleFixture.call(chat, quirks), stream));
    }

    private static ChatRequest openAi(String body) {
        return ChatCompletionsRequest.read((ObjectNode) Json.parse(body)).chat();
    }

    private static ChatRequest ours(String body) {
        return NativeRequest.read((ObjectNode) Json.parse(body)).chat();
    }
}
