package com.aistrale.server.providers.anthropic;

import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.FinishReason;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads the answers of the Messages API. Blocks of tools that Anthropic runs itself have no form here: of those the text
 * that came of them is kept.
 */
final class AnthropicAnswer {
    private AnthropicAnswer() {}

    /** @throws IOException when it is no whole message */
    static Completion decode(ProviderCall call, byte[] body) throws IOException {
        JsonNode message;
        try {
            message = Json.parse(body);
        } catch (JacksonException broken) {
            throw new IOException("the message is not valid JSON", broken);
        }
        var reason = message.path("stop_reason").stringValue(null);
        if (reason == null || !message.path("content").isArray()) {
            throw new IOException("the message has no content or no stop_reason");
        }
        var parts = new ArrayList<Part>();
        for (var block : message.get("content")) {
            var part = part(block);
            if (part != null) {
                parts.add(part);
            }
        }
        var usage = new AnthropicUsage();
        usage.take(message.path("usage"));
        return new Completion(
                parts,
                finishReason(reason),
                usage.now(),
                message.path("model").stringValue(null),
                null,
                call.request().anthropic() == null ? null : body);
    }

    private static @Nullable Part part(JsonNode block) throws IOException {
        return switch (block.path("type").stringValue("")) {
            case "text" -> new Part.Text(required(block, "text"), null);
            case "thinking" ->
                new Part.Thinking(
                        required(block, "thinking"), block.path("signature").stringValue(null));
            case "redacted_thinking" -> new Part.RedactedThinking(required(block, "data"));
            case "tool_use" ->
                new Part.ToolCall(required(block, "id"), required(block, "name"), Json.text(block.path("input")), null);
            default -> null;
        };
    }

    /** A block's own field. */
    static String required(JsonNode block, String field) throws IOException {
        var value = block.path(field).stringValue(null);
        if (value == null) {
            throw new IOException("a block of type " + block.path("type").stringValue("?") + " has no " + field);
        }
        return value;
    }

    static String finishReason(String stopReason) {
        return switch (stopReason) {
            case "end_turn", "stop_sequence" -> FinishReason.STOP;
            case "max_tokens", "model_context_window_exceeded" -> FinishReason.LENGTH;
            case "tool_use" -> FinishReason.TOOL_CALLS;
            case "refusal" -> FinishReason.CONTENT_FILTER;
            default -> stopReason;
        };
    }
}
