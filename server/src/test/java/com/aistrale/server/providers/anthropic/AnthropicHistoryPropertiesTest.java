package com.aistrale.server.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Ask;
import com.aistrale.server.providers.FakeOutbound;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import tools.jackson.databind.node.ArrayNode;

/** Thinking must come back to Anthropic as it was said, or the tool loop breaks. */
class AnthropicHistoryPropertiesTest {
    @Property(tries = 300)
    void whatWasAnsweredGoesBackAsItWas(@ForAll("blocks") List<String> blocks) {
        var content = "[" + String.join(",", blocks) + "]";
        var answer = AnthropicFixture.answered("""
                {"content": %s, "stop_reason": "tool_use", "usage": {}}""".formatted(content));
        var back = AnthropicFixture.sent(Ask.the("claude-opus-5")
                .user("Hi")
                .message(Role.ASSISTANT, answer.parts().toArray(Part[]::new)));
        assertThat(back.at("/messages/1/content")).isEqualTo(Json.parse(content));
    }

    /** The bytes, not only the values: what is no ASCII must not come back in another spelling. */
    @Property(tries = 300)
    void signaturesGoBackByteForByte(@ForAll("signatures") String signature, @ForAll("texts") String thinking) {
        var outbound = FakeOutbound.answering(AnthropicFixture.HELLO);
        var call = Ask.the("claude-opus-5")
                .message(Role.ASSISTANT, new Part.Thinking(thinking, signature))
                .user("Hi")
                .atAnthropic(AnthropicFixture.BASE);
        AnthropicFixture.provider(outbound).complete(call);
        assertThat(outbound.sent()).contains("\"signature\":\"" + signature + "\"");
    }

    @Property(tries = 200)
    void aStreamSaysWhatTheWholeAnswerSays(@ForAll("signatures") String signature, @ForAll("texts") String thinking) {
        var events = new StringBuilder();
        event(events, "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\"}}");
        for (int i = 0; i < thinking.length(); i += 2) {
            var piece = Json.object().put("type", "thinking_delta").put("thinking", piece(thinking, i));
            event(events, "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":" + Json.text(piece) + "}");
        }
        var signed = Json.object().put("type", "signature_delta").put("signature", signature);
        event(events, "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":" + Json.text(signed) + "}");
        event(events, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{}}");
        event(events, "{\"type\":\"message_stop\"}");

        var text = new StringBuilder();
        var signatures = new ArrayList<String>();
        for (Chunk chunk : AnthropicFixture.streamed(events.toString())) {
            for (var delta : chunk.deltas()) {
                if (delta instanceof Delta.Thinking piece) {
                    text.append(piece.text());
                } else if (delta instanceof Delta.ThinkingSignature end) {
                    signatures.add(end.signature());
                }
            }
        }
        assertThat(text.toString()).isEqualTo(thinking);
        assertThat(signatures).containsExactly(signature);
    }

    private static String piece(String text, int from) {
        return text.substring(from, Math.min(from + 2, text.length()));
    }

    private static void event(StringBuilder events, String data) {
        events.append("event: x\ndata: ").append(data).append("\n\n");
    }

    @Provide
    Arbitrary<String> signatures() {
        return Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('A', 'Z')
                .withCharRange('0', '9')
                .withChars("+/=_-")
                .ofMinLength(1)
                .ofMaxLength(600);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings()
                .withCharRange(' ', '퟿')
                .withChars("\n\t\"\\\u2028")
                .ofMaxLength(40);
    }

    @Provide
    Arbitrary<List<String>> blocks() {
        var thinking = Combinators.combine(texts(), signatures())
                .as((text, signature) -> Json.text(Json.object()
                        .put("type", "thinking")
                        .put("thinking", text)
                        .put("signature", signature)));
        var redacted = signatures()
                .map(data ->
                        Json.text(Json.object().put("type", "redacted_thinking").put("data", data)));
        var text = texts().filter(said -> !said.isEmpty())
                .map(said -> Json.text(Json.object().put("type", "text").put("text", said)));
        var calls = Combinators.combine(signatures(), texts()).as((id, value) -> {
            var call = Json.object().put("type", "tool_use").put("id", id).put("name", "f");
            call.set("input", Json.object().put("x", value).set("list", numbers()));
            return Json.text(call);
        });
        return Arbitraries.oneOf(thinking, redacted, text, calls)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    private static ArrayNode numbers() {
        return (ArrayNode) Json.parse("[1, 9007199254740993, 1.10, 1E+30, true, null]");
    }
}
