package com.aistrale.server.wire.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.Tool;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of a message becomes of it for providers of other formats. */
class MessagesRequestTest {
    private static final String USER = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static MessagesRequest read(String fields) {
        return MessagesRequest.read(Json.body(("{\"model\":\"m\",\"max_tokens\":9," + fields + "}").getBytes()), null);
    }

    private static List<Message> messages(String json) {
        return read("\"messages\":" + json).chat().messages();
    }

    @Test
    void resultsStandBehindTheCallsAndBeforeTheRestOfTheTurn() {
        assertThat(messages("""
                [{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},
                  {"type":"text","text":"I look."},{"type":"tool_use","id":"c1","name":"f","input":{"a":1}}]},
                 {"role":"user","content":[{"type":"text","text":"And?"},
                  {"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]}]}]"""))
                .containsExactly(
                        new Message(
                                Role.ASSISTANT,
                                List.of(
                                        new Part.Thinking("hm", "sig"),
                                        new Part.Text("I look.", null),
                                        new Part.ToolCall("c1", "f", "{\"a\":1}", null)),
                                null),
                        new Message(Role.TOOL, List.of(new Part.ToolResult("c1", "x\ny", null)), null),
                        new Message(Role.USER, List.of(new Part.Text("And?", null)), null));
    }

    @ParameterizedTest
    @CsvSource({"no such file,Error: no such file", "An error: 7,An error: 7", "'',Error"})
    void thatAToolFailedIsSaidInWords(String content, String said) {
        var result = messages(
                "[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"c\",\"is_error\":true,"
                        + "\"content\":\"" + content + "\"}]}]");

        assertThat(result.getFirst().parts()).containsExactly(new Part.ToolResult("c", said, null));
    }

    @Test
    void imagesAndDocuments() {
        assertThat(messages("""
                [{"role":"user","content":[
                  {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aaaa"}},
                  {"type":"image","source":{"type":"url","url":"https://x/y.png"}},
                  {"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"words"}}]}]""").getFirst().parts())
                .containsExactly(
                        new Part.Image("data:image/png;base64,aaaa", null, null),
                        new Part.Image("https://x/y.png", null, null),
                        new Part.Text("T\n\nwords", null));
    }

    @Test
    void aDeferredToolIsOneWhenAnAnswerRefersToIt() {
        var tools = "\"tools\":[{\"name\":\"a\",\"input_schema\":{}},"
                + "{\"name\":\"b\",\"input_schema\":{},\"defer_loading\":true},"
                + "{\"name\":\"c\",\"input_schema\":{},\"defer_loading\":true}],\"messages\":[{\"role\":\"user\",\"content\":[";
        assertThat(read(tools + "{\"type\":\"text\",\"text\":\"Hi\"}]}]").chat().tools())
                .extracting(Tool::name)
                .containsExactly("a");

        var found = read(tools + "{\"type\":\"tool_result\",\"tool_use_id\":\"s\",\"content\":"
                + "[{\"type\":\"tool_reference\",\"tool_name\":\"c\"}]}]}]");

        assertThat(found.chat().tools()).extracting(Tool::name).containsExactly("a", "c");
        assertThat(found.chat().extras()).isEmpty();
        assertThat(found.chat().messages().getFirst().parts())
                .containsExactly(new Part.ToolResult("s", "The tool c can be called now.", null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}|minimal",
                "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":8192}|medium",
                "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":32000}|high",
                "\"thinking\":{\"type\":\"adaptive\"}|",
                "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"max\"}|xhigh",
                "\"thinking\":{\"type\":\"disabled\"},\"output_config\":{\"effort\":\"low\"}|"
            })
    void thinkingIsAnEffort(String fields, String effort) {
        assertThat(read(fields + "," + USER).chat().reasoningEffort()).isEqualTo(effort);
    }

    @Test
    void whatSaysNothingToOthersIsNoHindrance() {
        var chat = read("""
                "cache_control":{"type":"ephemeral"},"service_tier":"auto","metadata":{"user_id":"u"},
                "context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},
                "tool_choice":{"type":"any","disable_parallel_tool_use":true},
                "tools":[{"type":"custom","name":"f","input_schema":{},"eager_input_streaming":true,"allowed_callers":["direct"]}],
                """ + USER).chat();

        assertThat(chat.extras()).isEmpty();
        assertThat(chat.toolChoice()).isEqualTo(new ToolChoice.Required());
        assertThat(chat.parallelToolCalls()).isFalse();
    }

    @Test
    void whatOnlyAnthropicUnderstandsIsLeftOverWhereItStood() {
        assertThat(read("""
                        "context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]},"top_k":3,
                        "tools":[{"type":"web_search_20250305","name":"web_search"}],
                        "messages":[{"role":"user","content":[{"type":"search_result","title":"t"},
                          {"type":"tool_result","tool_use_id":"c","content":[{"type":"search_result"}]}]}]""").chat().extras())
                .containsOnlyKeys(
                        "context_management/edits/0",
                        "top_k",
                        "tools/0",
                        "messages/0/content/0",
                        "messages/0/content/1/content/0");
    }

    @Test
    void everyMistakeIsNamed() {
        var failure = catchThrowableOfType(
                ProblemException.class, () -> MessagesRequest.read(Json.body("""
                        {"model":7,"system":1,"stop_sequences":[2],"tools":[{"name":"f"}],"messages":[{"role":"user"}]}""".getBytes()), null));

        assertThat(failure.problem().errors())
                .containsExactlyInAnyOrder(
                        new FieldError("/model", "must be a string, not the number 7"),
                        new FieldError("/max_tokens", "is missing"),
                        new FieldError("/system", "must be a string or an array of blocks, not the number 1"),
                        new FieldError("/stop_sequences/0", "must be a string, not the number 2"),
                        new FieldError("/tools/0/input_schema", "is missing"),
                        new FieldError("/messages/0/content", "is missing"));
    }

    @Test
    void metadataIsKeptInTheRecordAsText() {
        var long_ = "u".repeat(511) + "\uD83D\uDE00" + "u";
        assertThat(read("\"metadata\":{\"user_id\":\"" + long_
                                + "\",\"n\":1,\"team\":\"a\",\"yes\":true,\"of\":{\"x\":[1]},\"nothing\":null,\"\":\"no name\",\""
                                + "k".repeat(65) + "\":\"too long a name\"}," + USER)
                        .metadata())
                .isEqualTo(
                        Map.of("user_id", "u".repeat(511), "team", "a", "n", "1", "yes", "true", "of", "{\"x\":[1]}"));
    }

    @Test
    void ofMetadataTheFirst32FieldsAreKept() {
        var fields =
                IntStream.range(0, 40).mapToObj(i -> "\"k" + i + "\":\"v\"").collect(Collectors.joining(","));

        assertThat(read("\"metadata\":{" + fields + "}," + USER).metadata())
                .hasSize(32)
                .containsKey("k31");
    }
}
