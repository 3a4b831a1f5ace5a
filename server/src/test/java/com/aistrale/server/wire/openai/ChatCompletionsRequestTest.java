package com.aistrale.server.wire.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.ChatRequest.Sampling;
import com.aistrale.server.inference.Leftover;
import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatCompletionsRequestTest {
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static Leftover left(String json) {
        return new Leftover(Json.parse(json));
    }

    @Test
    void theBodyIsKeptWhole() {
        var body = body("{\"model\":\"gpt-4o\"," + HI + ",\"logit_bias\":{\"1\":2},\"n\":2}");
        var request = ChatCompletionsRequest.read(body);
        assertThat(request.model()).isEqualTo("gpt-4o");
        assertThat(request.stream()).isFalse();
        assertThat(request.includeUsage()).isFalse();
        assertThat(request.chat().messages()).containsExactly(Message.of(Role.USER, "Hi"));
        assertThat(request.chat().openAi()).isSameAs(body);
        assertThat(request.chat().extras()).isEqualTo(Map.of("logit_bias", left("{\"1\":2}"), "n", left("2")));
    }

    @Test
    void fieldsThatHaveAPlace() {
        var chat = read(",\"temperature\":3,\"top_p\":0.5,\"frequency_penalty\":-1,\"presence_penalty\":1,\"seed\":5,"
                        + "\"max_tokens\":10,\"stop\":[\"a\",\"b\"],\"parallel_tool_calls\":false,"
                        + "\"tool_choice\":\"required\",\"reasoning_effort\":\"max\",\"metadata\":{\"a\":\"b\"}")
                .chat();
        assertThat(chat.sampling()).isEqualTo(new Sampling(3.0, 0.5, -1.0, 1.0, 5L));
        assertThat(chat.maxOutputTokens()).isEqualTo(10);
        assertThat(chat.stop()).containsExactly("a", "b");
        assertThat(chat.parallelToolCalls()).isFalse();
        assertThat(chat.toolChoice()).isEqualTo(new ToolChoice.Required());
        assertThat(chat.reasoningEffort()).isEqualTo("max");
        assertThat(chat.extras()).isEmpty();
    }

    @Test
    void theNewerLimitCounts() {
        assertThat(read(",\"max_tokens\":10,\"max_completion_tokens\":20")
                        .chat()
                        .maxOutputTokens())
                .isEqualTo(20);
    }

    @Test
    void streamOptionsAreTheStreamsOwn() {
        var request = read(",\"stream\":true,\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":true}");
        assertThat(request.stream()).isTrue();
        assertThat(request.includeUsage()).isTrue();
        assertThat(request.chat().extras()).isEmpty();
    }

    /** So that an upstream of another format can refuse it by name. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        "user":"u"                                        | user                  | "u"
        "functions":[]                                    | functions             | []
        "function_call":"auto"                            | function_call         | "auto"
        "logprobs":true                                   | logprobs              | true
        "tools":[{"type":"custom","custom":{}}]           | tools/0               | {"type":"custom","custom":{}}
        "tool_choice":{"type":"allowed_tools"}            | tool_choice           | {"type":"allowed_tools"}
        "response_format":{"type":"grammar"}              | response_format       | {"type":"grammar"}
        """)
    void whatHasNoPlaceIsKeptByName(String field, String name, String value) {
        assertThat(read("," + field).chat().extras()).isEqualTo(Map.of(name, left(value)));
    }

    @Test
    void soAreFieldsOfMessages() {
        var request = ChatCompletionsRequest.read(body("{\"model\":\"m\",\"messages\":["
                + "{\"role\":\"function\",\"name\":\"f\",\"content\":\"x\"},"
                + "{\"role\":\"assistant\",\"content\":\"a\",\"audio\":{\"id\":\"1\"},\"refusal\":null,"
                + "\"annotations\":[],\"reasoning\":\"hm\"}]}"));
        assertThat(request.chat().extras())
                .isEqualTo(Map.of(
                        "messages/0",
                        left("{\"role\":\"function\",\"name\":\"f\",\"content\":\"x\"}"),
                        "messages/1/audio",
                        left("{\"id\":\"1\"}")));
        assertThat(request.chat().messages())
                .containsExactly(new Message(
                        Role.ASSISTANT, List.of(new Part.Thinking("hm", null), new Part.Text("a", null)), null));
    }

    @Test
    void mistakes() {
        var thrown = catchThrowableOfType(
                ProblemException.class,
                () -> ChatCompletionsRequest.read(body("{\"messages\":[{\"role\":\"user\",\"content\":1}],"
                        + "\"temperature\":\"hot\",\"stream\":1,\"stream_options\":[],\"max_tokens\":0}")));
        assertThat(thrown.problem().errors())
                .extracting(error -> error.pointer() + ": " + error.detail())
                .containsExactlyInAnyOrder(
                        "/model: is missing",
                        "/messages/0/content: must be a string or an array of parts, not the number 1",
                        "/temperature: must be a number, not a string",
                        "/stream: must be true or false, not the number 1",
                        "/stream_options: must be an object, not an array",
                        "/max_tokens: must be 1 to 2147483647, not 0");
    }

    @Test
    void messagesAreNeeded() {
        var thrown = catchThrowableOfType(
                ProblemException.class, () -> ChatCompletionsRequest.read(body("{\"model\":\" \"}")));
        assertThat(thrown.problem().errors())
                .extracting(error -> error.pointer() + ": " + error.detail())
                .containsExactly("/messages: is missing", "/model: is empty");
    }

    @Test
    void aModelHasAtMost256Characters() {
        var longest = "x".repeat(256);
        assertThat(ChatCompletionsRequest.read(body("{\"model\":\"" + longest + "\"," + HI + "}"))
                        .model())
                .isEqualTo(longest);
        var thrown = catchThrowableOfType(
                ProblemException.class,
                () -> ChatCompletionsRequest.read(body("{\"model\":\"" + longest + "x\"," + HI + "}")));
        assertThat(thrown.problem().errors())
                .extracting(error -> error.pointer() + ": " + error.detail())
                .containsExactly("/model: is longer than 256 characters");
    }

    private static ChatCompletionsRequest read(String fields) {
        return ChatCompletionsRequest.read(body("{\"model\":\"m\"," + HI + fields + "}"));
    }

    private static tools.jackson.databind.node.ObjectNode body(String json) {
        return Json.body(json.getBytes(StandardCharsets.UTF_8));
    }
}
