package com.aistrale.server.wire.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.pricing.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatCompletionsAnswerTest {
    private static final Usage USAGE = new Usage(3L, 2L, null, null, null);

    @Test
    void plain() {
        var completion = completion(List.of(new Part.Text("Hello", null)), "stop", USAGE);
        assertThat(new String(ChatCompletionsAnswer.body(completion, "inf_1", "claude-x", 1700000000), UTF_8))
                .isEqualTo("{\"id\":\"inf_1\",\"object\":\"chat.completion\",\"created\":1700000000,"
                        + "\"model\":\"claude-x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                        + "\"content\":\"Hello\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
                        + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}");
    }

    @Test
    void toolCallsAndNoUsage() {
        var parts = List.<Part>of(new Part.Thinking("hm", "s"), new Part.ToolCall("c1", "add", "{}", null));
        var completion = completion(parts, "tool_calls", null);
        assertThat(new String(ChatCompletionsAnswer.body(completion, "inf_1", "m", 1), UTF_8))
                .isEqualTo("{\"id\":\"inf_1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\","
                        + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
                        + "\"reasoning_content\":\"hm\",\"thinking_blocks\":[{\"type\":\"thinking\","
                        + "\"thinking\":\"hm\",\"signature\":\"s\"}],\"tool_calls\":[{\"id\":\"c1\","
                        + "\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"{}\"}}],"
                        + "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"tool_calls\"}]}");
    }

    @Test
    void stream() {
        var stream = new ChatCompletionsStream("inf_1", "m", 1, true);
        var data = new ArrayList<String>();
        data.addAll(stream.data(chunk(null, USAGE)));
        data.addAll(stream.data(chunk(null, null, new Delta.Thinking("h"), new Delta.Thinking("m"))));
        data.addAll(stream.data(chunk(null, null, new Delta.ThinkingSignature("s1"))));
        data.addAll(stream.data(chunk(null, null, new Delta.RedactedThinking("x"))));
        data.addAll(stream.data(chunk(null, null, new Delta.Text("Hi \"you\""))));
        data.addAll(stream.data(chunk(null, null, new Delta.ToolCall(0, "c1", "add", "", "s2"))));
        data.addAll(stream.data(chunk(null, null, new Delta.ToolCall(0, null, null, "{}", null))));
        data.addAll(stream.data(chunk("tool_calls", new Usage(3L, 9L, null, null, null))));
        assertThat(data)
                .containsExactly(
                        event("{\"role\":\"assistant\",\"content\":\"\"}", "null"),
                        event("{\"reasoning_content\":\"h\"}", "null"),
                        event("{\"reasoning_content\":\"m\"}", "null"),
                        event(
                                "{\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s1\"}]}",
                                "null"),
                        event("{\"thinking_blocks\":[{\"type\":\"redacted_thinking\",\"data\":\"x\"}]}", "null"),
                        event("{\"content\":\"Hi \\\"you\\\"\"}", "null"),
                        event(
                                "{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":\"function\",\"function\":"
                                        + "{\"name\":\"add\",\"arguments\":\"\"},\"extra_content\":{\"google\":"
                                        + "{\"thought_signature\":\"s2\"}}}]}",
                                "null"),
                        event("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}", "null"),
                        event("{}", "\"tool_calls\""));
        assertThat(stream.usage())
                .isEqualTo(
                        "{\"id\":\"inf_1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
                                + "\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9,\"total_tokens\":12}}");
    }

    @Test
    void noUsageUnlessAskedFor() {
        var stream = new ChatCompletionsStream("inf_1", "m", 1, false);
        assertThat(stream.data(chunk("stop", USAGE))).noneMatch(data -> data.contains("usage"));
        assertThat(stream.usage()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        {"choices":[],"usage":{"prompt_tokens":1}}                      | true
        {"choices": [ ], "usage":{"prompt_tokens":1}}                   | true
        {"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":1}}| false
        """)
    void usageOnlyChunks(String data, boolean expected) {
        assertThat(ChatCompletionsStream.isUsageOnly(new Chunk(List.of(), null, USAGE, "m", data)))
                .isEqualTo(expected);
        assertThat(ChatCompletionsStream.isUsageOnly(new Chunk(List.of(), "stop", USAGE, "m", data)))
                .isFalse();
        assertThat(ChatCompletionsStream.isUsageOnly(new Chunk(List.of(), null, null, "m", data)))
                .isFalse();
        assertThat(ChatCompletionsStream.isUsageOnly(new Chunk(List.of(), null, USAGE, "m", null)))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_REQUEST, invalid_request_error",
        "AUTHENTICATION_FAILED, invalid_request_error",
        "NOT_FOUND, invalid_request_error",
        "NO_PROVIDER, invalid_request_error",
        "BUDGET_EXCEEDED, insufficient_quota",
        "PROVIDER_RATE_LIMITED, rate_limit_error",
        "OVERLOADED, service_unavailable_error",
        "PROVIDER_FAILED, server_error",
        "INTERNAL, server_error"
    })
    void errors(ProblemCode code, String type) {
        assertThat(ChatCompletionsError.body(Problem.of(code, "What happened.")))
                .hasToString("{\"error\":{\"message\":\"What happened.\",\"type\":\"" + type
                        + "\",\"param\":null,\"code\":\"" + code.wireName() + "\"}}");
    }

    @ParameterizedTest
    @CsvSource({
        "/model, model",
        "/messages/0/content/12/text, messages[0].content[12].text",
        "/metadata/a~1b~0, metadata.a/b~"
    })
    void theFieldAtFault(String pointer, String param) {
        var problem = Problem.invalid(List.of(new FieldError(pointer, "is wrong"), new FieldError("/x", "too")));
        assertThat(ChatCompletionsError.body(problem).get("error").get("param").stringValue())
                .isEqualTo(param);
    }

    private static String event(String delta, String finishReason) {
        return "{\"id\":\"inf_1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":"
                + "[{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finishReason
                + "}],\"usage\":null}";
    }

    @SuppressWarnings("NullAway") // it does not see the @Nullable of a record's array component in a class file
    private static Completion completion(List<Part> parts, String finishReason, @Nullable Usage usage) {
        return new Completion(parts, finishReason, usage, null, null);
    }

    private static Chunk chunk(@Nullable String finishReason, @Nullable Usage usage, Delta... deltas) {
        return new Chunk(List.of(deltas), finishReason, usage, "m", null);
    }
}
