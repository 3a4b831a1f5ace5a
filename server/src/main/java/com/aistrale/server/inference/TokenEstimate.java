package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.ListedModel;
import com.aistrale.server.pricing.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Tokens by counting characters, for streams that ended before the provider counted: four characters a token, which is
 * what providers give as a rule of thumb for English text; an image counts {@value #IMAGE} tokens. Marked as estimated
 * wherever it is shown.
 */
final class TokenEstimate {
    private static final int CHARACTERS = 4;
    private static final int IMAGE = 1000;

    /** What a request may write that does not say, unless its model writes less. */
    static final long USUAL_OUTPUT = 4096;

    /** What providers call the most that may be written, where the caller writes to them by itself. */
    private static final List<String> MOST_OUTPUT = List.of("max_tokens", "max_completion_tokens", "max_output_tokens");

    private static final int BYTES = 2;
    private static final int MESSAGE = 16;
    private static final int LARGE_PART = 2000;

    /** What a request may take at most. */
    record Most(long inputTokens, long outputTokens) {
        long tokens() {
            return inputTokens + outputTokens;
        }
    }

    private TokenEstimate() {}

    /**
     * What the request may take before anybody has counted: of input what a tokenizer hardly ever makes of it, two bytes of
     * UTF-8 a token; of output what it asks for, in each of its answers.
     *
     * @param model what is known of it, or null
     */
    static Most most(ChatRequest request, @Nullable ListedModel model) {
        long bytes = 0;
        long tokens = 0;
        for (var message : request.messages()) {
            tokens += MESSAGE;
            bytes += message.name() == null ? 0 : utf8(message.name());
            for (var part : message.parts()) {
                switch (part) {
                    case Part.Text text -> bytes += utf8(text.text());
                    case Part.Image image -> tokens += LARGE_PART;
                    case Part.ToolCall call -> bytes += utf8(call.id()) + utf8(call.name()) + utf8(call.arguments());
                    case Part.ToolResult result -> bytes += utf8(result.callId()) + utf8(result.content());
                    case Part.Thinking thinking -> bytes += utf8(thinking.text());
                    case Part.RedactedThinking redacted -> bytes += utf8(redacted.data());
                    case Part.Other other -> tokens += LARGE_PART + utf8(other.json()) / BYTES;
                }
            }
        }
        for (var tool : request.tools()) {
            tokens += MESSAGE;
            bytes += utf8(tool.name())
                    + (tool.description() == null ? 0 : utf8(tool.description()))
                    + utf8(tool.parameters());
        }
        if (request.responseFormat() instanceof ResponseFormat.JsonSchema format) {
            bytes += utf8(format.schema());
        }
        for (var extra : request.extras().values()) {
            bytes += utf8(extra);
        }
        return new Most(tokens + Math.ceilDiv(bytes, (long) BYTES), output(request, model));
    }

    private static long output(ChatRequest request, @Nullable ListedModel model) {
        long said = request.maxOutputTokens() == null ? USUAL_OUTPUT : request.maxOutputTokens();
        for (var name : MOST_OUTPUT) {
            var option = options(request, name);
            said = option != null && option.isNumber() && option.canConvertToInt()
                    ? Math.max(0, option.intValue())
                    : said;
        }
        var own = model == null ? null : model.maxOutputTokens();
        long answers = Math.max(answers(request.extras().get("n")), answers(options(request, "n")));
        return answers * (own == null ? said : Math.min(said, own));
    }

    private static @Nullable JsonNode options(ChatRequest request, String field) {
        var options = request.providerOptions();
        return options == null ? null : options.get(field);
    }

    /** {@code n} of OpenAI's format: so many answers, each of which is paid. */
    private static long answers(@Nullable JsonNode said) {
        return said != null && said.isNumber() && said.canConvertToInt() ? Math.max(1, said.intValue()) : 1;
    }

    private static long utf8(@Nullable JsonNode json) {
        return json == null ? 0 : utf8(Json.text(json));
    }

    /** The length in UTF-8; half a surrogate pair counts as the replacement character. */
    private static long utf8(String text) {
        long bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return bytes;
    }

    static Usage of(ChatRequest request, int outputCharacters) {
        long input = 0;
        for (var message : request.messages()) {
            for (var part : message.parts()) {
                input += tokens(part);
            }
        }
        for (var tool : request.tools()) {
            input += tokens(tool.name().length() + (tool.parameters() == null ? 0 : 200));
        }
        return new Usage(input, tokens(outputCharacters), null, null, null);
    }

    private static long tokens(Part part) {
        return switch (part) {
            case Part.Text text -> tokens(text.text().length());
            case Part.Image image -> IMAGE;
            case Part.ToolCall call ->
                tokens(call.name().length() + call.arguments().length());
            case Part.ToolResult result -> tokens(result.content().length());
            case Part.Thinking thinking -> tokens(thinking.text().length());
            case Part.RedactedThinking redacted -> tokens(redacted.data().length());
            case Part.Other other -> IMAGE;
        };
    }

    private static long tokens(int characters) {
        return Math.ceilDiv(characters, CHARACTERS);
    }
}
