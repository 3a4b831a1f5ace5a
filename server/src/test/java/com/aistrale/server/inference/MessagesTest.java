package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.MessageWriter.Dialect;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

class MessagesTest {
    private static final JsonNode EPHEMERAL = Json.parse("{\"type\": \"ephemeral\"}");
    private static final Dialect PLAIN = new Dialect(false, Dialect.Thoughts.NONE, false);

    @Test
    void everyPart() {
        var messages = read("""
            [{"role": "developer", "content": "Be brief."},
             {"role": "user", "name": "ann", "content": [
               {"type": "text", "text": "What is it?", "cache_control": {"type": "ephemeral"}},
               {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
               {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}]},
             {"role": "assistant", "content": "Let me look.", "refusal": null,
              "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s1"},
                                  {"type": "redacted_thinking", "data": "xyz"}],
              "reasoning_content": "hm",
              "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"},
                              "extra_content": {"google": {"thought_signature": "s2"}}}]},
             {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "a "},
               {"type": "text", "text": "cat", "cache_control": {"type": "ephemeral"}}]}]\
            """);
        assertThat(messages)
                .containsExactly(
                        Message.of(Role.SYSTEM, "Be brief."),
                        new Message(
                                Role.USER,
                                List.of(
                                        new Part.Text("What is it?", EPHEMERAL),
                                        new Part.Image("https://x/y.png", "low", null),
                                        new Part.Other(
                                                "input_audio",
                                                Json.parse("{\"type\": \"input_audio\", \"input_audio\":"
                                                        + " {\"data\": \"AA\", \"format\": \"wav\"}}"))),
                                "ann"),
                        new Message(
                                Role.ASSISTANT,
                                List.of(
                                        new Part.Thinking("hm", "s1"),
                                        new Part.RedactedThinking("xyz"),
                                        new Part.Text("Let me look.", null),
                                        new Part.ToolCall("c1", "look", "{}", "s2")),
                                null),
                        new Message(Role.TOOL, List.of(new Part.ToolResult("c1", "a cat", EPHEMERAL)), null));
    }

    @Test
    void reasoningWithoutBlocksIsAThoughtWithoutSignature() {
        var messages = read("[{\"role\": \"assistant\", \"content\": \"4\", \"reasoning_content\": \"2+2\"}]");
        assertThat(messages.getFirst().parts())
                .containsExactly(new Part.Thinking("2+2", null), new Part.Text("4", null));
    }

    @Test
    void anEmptyAnswerIsAnAnswer() {
        assertThat(read("[{\"role\": \"assistant\", \"content\": \"\"}]")
                        .getFirst()
                        .parts())
                .isEmpty();
    }

    @Test
    void theAnswersJson() {
        var answer = MessageWriter.answer(List.of(
                new Part.Thinking("hm", "s1"),
                new Part.RedactedThinking("xyz"),
                new Part.ToolCall("c1", "look", "{\"a\":1}", "s2")));
        assertThat(Json.text(answer))
                .isEqualTo("{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"hm\",\"thinking_blocks\":"
                        + "[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s1\"},"
                        + "{\"type\":\"redacted_thinking\",\"data\":\"xyz\"}],\"tool_calls\":[{\"id\":\"c1\","
                        + "\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"a\\\":1}\"},"
                        + "\"extra_content\":{\"google\":{\"thought_signature\":\"s2\"}}}]}");
        assertThat(Json.text(MessageWriter.answer(List.of(new Part.Thinking("hm", null), new Part.Text("4", null)))))
                .isEqualTo("{\"role\":\"assistant\",\"content\":\"4\",\"reasoning_content\":\"hm\"}");
    }

    /** OpenAI itself refuses fields it does not know. */
    @Test
    void aPlainReaderGetsOpenAisFieldsOnly() {
        var message = new Message(
                Role.ASSISTANT,
                List.of(
                        new Part.Thinking("hm", "s1"),
                        new Part.Text("4", EPHEMERAL),
                        new Part.ToolCall("c1", "look", "{}", "s2")),
                null);
        assertThat(Json.text(written(List.of(message), PLAIN)))
                .isEqualTo("[{\"role\":\"assistant\",\"content\":\"4\",\"tool_calls\":[{\"id\":\"c1\","
                        + "\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]}]");
    }

    @Property(tries = 500)
    void whatIsWrittenReadsTheSame(@ForAll("conversations") List<Message> messages) {
        var json = Json.text(written(messages, Dialect.OURS));
        assertThat(read(json)).isEqualTo(messages);
    }

    @Provide
    Arbitrary<List<Message>> conversations() {
        return Arbitraries.oneOf(said(Role.SYSTEM), said(Role.USER), assistant(), tool())
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    private static Arbitrary<String> text() {
        return Arbitraries.strings().all().ofMaxLength(20);
    }

    private static Arbitrary<@Nullable JsonNode> marker() {
        return Arbitraries.of(true, false).map(marked -> marked ? EPHEMERAL : null);
    }

    private static Arbitrary<@Nullable String> perhaps(Arbitrary<String> values) {
        return values.injectNull(0.5);
    }

    private static Arbitrary<Message> said(Role role) {
        Arbitrary<Part> texts = Combinators.combine(text(), marker()).as(Part.Text::new);
        Arbitrary<Part> images = Combinators.combine(text(), perhaps(Arbitraries.of("low", "high")), marker())
                .as(Part.Image::new);
        Arbitrary<Part> others = text().map(data ->
                new Part.Other("file", Json.object().put("type", "file").put("file", data)));
        var parts = Arbitraries.oneOf(texts, images, others).list().ofMinSize(1).ofMaxSize(3);
        return Combinators.combine(parts, perhaps(text())).as((said, name) -> new Message(role, said, name));
    }

    /** Thoughts first, text next, calls last, as the format orders them. */
    private static Arbitrary<Message> assistant() {
        Arbitrary<Part> signed = Combinators.combine(text(), text()).as(Part.Thinking::new);
        Arbitrary<Part> redacted = text().map(Part.RedactedThinking::new);
        Arbitrary<Part> spoken = text().filter(text -> !text.isEmpty()).map(text -> new Part.Text(text, null));
        Arbitrary<Part> calls = Combinators.combine(text(), text(), text(), perhaps(text().filter(t -> !t.isEmpty())))
                .as(Part.ToolCall::new);
        return Combinators.combine(
                        Arbitraries.oneOf(signed, redacted).list().ofMaxSize(2),
                        spoken.list().ofMaxSize(2),
                        calls.list().ofMaxSize(2))
                .filter((thoughts, texts, called) -> !(texts.isEmpty() && called.isEmpty()))
                .as((thoughts, texts, called) -> {
                    var parts = new ArrayList<Part>(thoughts);
                    parts.addAll(texts);
                    parts.addAll(called);
                    return new Message(Role.ASSISTANT, parts, null);
                });
    }

    private static Arbitrary<Message> tool() {
        return Combinators.combine(text(), text(), marker())
                .as((id, content, cache) ->
                        new Message(Role.TOOL, List.of(new Part.ToolResult(id, content, cache)), null));
    }

    private static ArrayNode written(List<Message> messages, Dialect dialect) {
        var array = Json.array();
        var writer = new MessageWriter(dialect);
        messages.forEach(message -> writer.write(message, array));
        return array;
    }

    private static List<Message> read(String json) {
        var reading = new Reading();
        var reader = new MessagesReader(reading, Leftovers.refused(reading));
        var messages = reader.read((ArrayNode) Json.parse(json), Pointer.ROOT.field("messages"));
        reading.check();
        return messages;
    }
}
