package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.FinishReason;
import com.aistrale.server.inference.MessageWriter;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A {@link Completion} as a {@code message}, for models of upstreams that speak another format. */
final class MessagesAnswer {
    /** The field for arguments that are no object. */
    private static final String INVALID_ARGUMENTS = "invalid_arguments";

    private MessagesAnswer() {}

    /**
     * The answer's body.
     *
     * @param id the inference's id
     * @param model what the answer names as its model
     */
    static byte[] body(Completion completion, String id, String model) {
        var message = begun(id, model);
        completion.parts().forEach(part -> block(part, (ArrayNode) message.get("content")));
        message.put("stop_reason", stopReason(completion.finishReason()));
        message.set("usage", usage(completion.usage()));
        return Json.bytes(message);
    }

    /** A message of which nothing is said yet, as a stream's first event has it. */
    static ObjectNode begun(String id, String model) {
        var message = Json.object()
                .put("id", id)
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model);
        message.putArray("content");
        message.putNull("stop_reason").putNull("stop_sequence");
        message.set("usage", usage(null));
        return message;
    }

    private static void block(Part part, ArrayNode into) {
        switch (part) {
            case Part.Text text -> into.add(text(text.text()));
            case Part.Thinking thinking ->
                into.add(thinking(thinking.text(), thinking.signature() == null ? "" : thinking.signature()));
            case Part.RedactedThinking redacted -> into.add(MessageWriter.redactedBlock(redacted.data()));
            case Part.ToolCall call -> {
                var block = toolUse(call.id(), call.name(), call.signature());
                block.set("input", input(call.arguments()));
                into.add(block);
            }
            case Part.Image image -> {}
            case Part.ToolResult result -> {}
            case Part.Other other -> {}
        }
    }

    static ObjectNode text(String text) {
        return Json.object().put("type", "text").put("text", text);
    }

    /** @param signature empty where no provider signed it: the format has no thinking without one */
    static ObjectNode thinking(String text, String signature) {
        return MessageWriter.thinkingBlock(text, signature);
    }

    /** With an empty input. @param signature of the thought before the call, which has to come back (Gemini), or null */
    static ObjectNode toolUse(String id, String name, @Nullable String signature) {
        var block = Json.object().put("type", "tool_use").put("id", id).put("name", name);
        block.putObject("input");
        if (signature != null) {
            MessageWriter.signature(block, signature);
        }
        return block;
    }

    /**
     * What a model wrote as arguments. The format has an object there, and so do the types of its clients. What is none, such
     * as one that {@code max_tokens} cut, stands in an object: nothing of it is lost, no tool takes it for what it needs, and
     * the model sees what it wrote.
     */
    static ObjectNode input(String arguments) {
        if (arguments.isBlank()) {
            return Json.object();
        }
        try {
            var parsed = Json.parse(arguments);
            if (parsed instanceof ObjectNode object) {
                return object;
            }
            if (parsed.isNull()) {
                return Json.object();
            }
        } catch (JacksonException broken) {
            // below
        }
        return Json.object().put(INVALID_ARGUMENTS, arguments);
    }

    /** A word of the format; where it has none the model has stopped, and that is all that is known. */
    static String stopReason(String finishReason) {
        return switch (finishReason) {
            case FinishReason.STOP -> "end_turn";
            case FinishReason.LENGTH -> "max_tokens";
            case FinishReason.TOOL_CALLS -> "tool_use";
            case FinishReason.CONTENT_FILTER -> "refusal";
            default -> "end_turn";
        };
    }

    /** Input that the cache gave or took is no part of {@code input_tokens}. What is unknown is 0: the format has no other word. */
    static ObjectNode usage(@Nullable Usage usage) {
        long read = usage == null ? 0 : orZero(usage.cachedInputTokens());
        long written = usage == null ? 0 : orZero(usage.cacheWriteInputTokens());
        return Json.object()
                .put("input_tokens", usage == null ? 0 : Math.max(0, orZero(usage.inputTokens()) - read - written))
                .put("cache_creation_input_tokens", written)
                .put("cache_read_input_tokens", read)
                .put("output_tokens", usage == null ? 0 : orZero(usage.outputTokens()));
    }

    private static long orZero(@Nullable Long tokens) {
        return tokens == null ? 0 : tokens;
    }
}
