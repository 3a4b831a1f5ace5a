package com.aistrale.server.providers.gemini;

import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.FinishReason;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads responses of {@code generateContent}, of which a stream is a sequence: this keeps what holds from one to the
 * next. Parts of tools that Google runs itself have no form here: of those the text that came of them is kept.
 */
final class GeminiAnswer {
    private final ProviderCall call;
    private int toolCalls;

    /** Set once the model has said why it stopped. */
    @Nullable
    String finishReason;

    GeminiAnswer(ProviderCall call) {
        this.call = call;
    }

    /** A whole answer. */
    static Completion decode(ProviderCall call, byte[] body) throws IOException {
        JsonNode response;
        try {
            response = Json.parse(body);
        } catch (JacksonException broken) {
            throw new IOException("the response is not valid JSON", broken);
        }
        var answer = new GeminiAnswer(call);
        var parts = answer.parts(response);
        var reason = answer.finishReason();
        if (reason == null) {
            throw new IOException("the response has no finishReason");
        }
        return new Completion(parts, reason, usage(response), model(response), null);
    }

    /** What this response adds, in order; takes note of the finish reason. */
    List<Part> parts(JsonNode response) throws IOException {
        if (response.has("error")) {
            throw GeminiErrors.inStream(call, response);
        }
        var candidate = response.path("candidates").path(0);
        var said = candidate.path("content").path("parts");
        var parts = new ArrayList<Part>(said.size());
        for (var part : said) {
            var read = part(part, response);
            if (read != null) {
                parts.add(read);
            }
        }
        if (finishReason == null) {
            finishReason = finishReason(response, candidate);
        }
        return parts;
    }

    /** Why the model stopped; null until it has said so. */
    @Nullable
    String finishReason() {
        return finishReason;
    }

    private @Nullable Part part(JsonNode part, JsonNode response) throws IOException {
        var text = part.path("text").stringValue("");
        if (!text.isEmpty()) {
            return part.path("thought").booleanValue(false) ? new Part.Thinking(text, null) : new Part.Text(text, null);
        }
        var function = part.get("functionCall");
        if (function == null) {
            return null;
        }
        var name = function.path("name").stringValue(null);
        if (name == null) {
            throw new IOException("a function call has no name");
        }
        var arguments = function.path("args");
        return new Part.ToolCall(
                id(function, response),
                name,
                arguments.isObject() ? Json.text(arguments) : "{}",
                part.path("thoughtSignature").stringValue(null));
    }

    /** Models before the third generation give calls no id: one is made of the response's, which no other has. */
    private String id(JsonNode function, JsonNode response) {
        int number = toolCalls++;
        var given = function.path("id").stringValue("");
        if (!given.isEmpty()) {
            return given;
        }
        var answer = response.path("responseId").stringValue("");
        return "call_" + (answer.isEmpty() ? call.request().messages().size() : answer) + "_" + number;
    }

    private @Nullable String finishReason(JsonNode response, JsonNode candidate) {
        var reason = candidate.path("finishReason").stringValue(null);
        if (reason == null) {
            boolean blocked = candidate.isMissingNode()
                    && response.path("promptFeedback").path("blockReason").isString();
            return blocked ? FinishReason.CONTENT_FILTER : null;
        }
        return switch (reason) {
            case "STOP" -> toolCalls > 0 ? FinishReason.TOOL_CALLS : FinishReason.STOP;
            case "MAX_TOKENS", "CONTINUATION" -> FinishReason.LENGTH;
            case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "ESCALATION", "MODEL_ARMOR" ->
                FinishReason.CONTENT_FILTER;
            case "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION" -> FinishReason.CONTENT_FILTER;
            default -> reason;
        };
    }

    static @Nullable String model(JsonNode response) {
        return response.path("modelVersion").stringValue(null);
    }

    /** Gemini counts thoughts beside the answer, and what its own tools read beside the prompt; null when it is silent. */
    static @Nullable Usage usage(JsonNode response) {
        var said = response.get("usageMetadata");
        if (said == null || !said.isObject()) {
            return null;
        }
        var thoughts = number(said, "thoughtsTokenCount");
        var input = sum(number(said, "promptTokenCount"), number(said, "toolUsePromptTokenCount"));
        var output = sum(number(said, "candidatesTokenCount"), thoughts);
        return Usage.reported(
                input,
                output == null ? rest(number(said, "totalTokenCount"), input) : output,
                number(said, "cachedContentTokenCount"),
                null,
                null,
                thoughts);
    }

    /** What is 0 is left out: then the total tells. */
    private static @Nullable Long rest(@Nullable Long total, @Nullable Long input) {
        return total == null || input == null ? null : Long.valueOf(total - input);
    }

    private static @Nullable Long sum(@Nullable Long one, @Nullable Long other) {
        return one == null ? other : other == null ? one : Long.valueOf(one + other);
    }

    private static @Nullable Long number(JsonNode usage, String name) {
        var value = usage.get(name);
        return value != null && value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : null;
    }
}
