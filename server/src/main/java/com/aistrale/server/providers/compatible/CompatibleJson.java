package com.aistrale.server.providers.compatible;

import com.aistrale.server.inference.FinishReason;
import com.aistrale.server.kit.json.Json;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** What messages and deltas have in common, with the spellings of the many providers. */
final class CompatibleJson {
    private CompatibleJson() {}

    /** A string that says something, or null. */
    static @Nullable String text(JsonNode object, String field) {
        var value = object.get(field);
        return value == null || !value.isString() || value.stringValue().isEmpty() ? null : value.stringValue();
    }

    /** The choice of index 0, which may come without saying so; null when there is none. */
    static @Nullable JsonNode first(JsonNode answer) {
        if (!(answer.get("choices") instanceof ArrayNode choices)) {
            return null;
        }
        for (var choice : choices) {
            var index = choice.get("index");
            if (index == null || !index.isInt() || index.intValue() == 0) {
                return choice;
            }
        }
        return null;
    }

    /** {@code reasoning_content} of DeepSeek, vLLM, xAI and others; {@code reasoning} of Groq, Ollama, OpenRouter. */
    static @Nullable String reasoning(JsonNode message) {
        var reasoning = text(message, "reasoning_content");
        return reasoning == null ? text(message, "reasoning") : reasoning;
    }

    /** Content is a string; Mistral's reasoning models send parts, thoughts among them. */
    static void content(JsonNode message, Consumer<String> thought, Consumer<String> spoken) {
        var content = message.get("content");
        if (content == null) {
            return;
        }
        if (content.isString()) {
            if (!content.stringValue().isEmpty()) {
                spoken.accept(content.stringValue());
            }
            return;
        }
        if (content.isArray()) {
            for (var part : content) {
                part(part, thought, spoken);
            }
        }
    }

    private static void part(JsonNode part, Consumer<String> thought, Consumer<String> spoken) {
        var text = text(part, "text");
        if (text != null) {
            spoken.accept(text);
        }
        var thinking = part.get("thinking");
        if (thinking != null && thinking.isArray()) {
            for (var piece : thinking) {
                var said = text(piece, "text");
                if (said != null) {
                    thought.accept(said);
                }
            }
        }
    }

    /** The arguments' JSON text; some send the object itself. */
    static String arguments(JsonNode function) {
        var arguments = function.get("arguments");
        if (arguments == null || arguments.isNull()) {
            return "";
        }
        return arguments.isString() ? arguments.stringValue() : Json.text(arguments);
    }

    /** Where Google's endpoint of this format puts the thought signature. */
    static @Nullable String signature(JsonNode call) {
        var extra = call.get("extra_content");
        var google = extra == null ? null : extra.get("google");
        return google == null ? null : text(google, "thought_signature");
    }

    /** For providers that give their calls no id, without which no answer could name its call. */
    static String callId(int index) {
        return "call_" + index;
    }

    /**
     * Why the model stopped, or null while it has not. A stop after which tools are to be called is
     * {@link FinishReason#TOOL_CALLS} with every provider here, and a refusal {@link FinishReason#CONTENT_FILTER}.
     */
    static @Nullable String finishReason(JsonNode choice, boolean called, boolean refused) {
        var reason = text(choice, "finish_reason");
        return switch (reason) {
            case null -> null;
            case FinishReason.STOP, "eos", "eos_token", "stop_sequence" ->
                called ? FinishReason.TOOL_CALLS : refused ? FinishReason.CONTENT_FILTER : FinishReason.STOP;
            case "model_length" -> FinishReason.LENGTH;
            default -> reason;
        };
    }
}
