package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
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

    private static final int MESSAGE = 16;
    private static final int MOST_IMAGE = 2000;

    /** Of a request that sets no limit to it. */
    private static final int OUTPUT = 4096;

    private TokenEstimate() {}

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

    /**
     * The most tokens that a request may take, by what no tokenizer exceeds in practice: two bytes of text a token, and
     * so much more for each message and each image. The output is what the request limits it to, else {@value #OUTPUT}.
     */
    static Usage most(ChatRequest request) {
        long bytes = 0;
        long others = 0;
        for (var message : request.messages()) {
            others += MESSAGE;
            for (var part : message.parts()) {
                switch (part) {
                    case Part.Text text -> bytes += bytes(text.text());
                    case Part.Image image -> others += MOST_IMAGE;
                    case Part.ToolCall call -> bytes += bytes(call.name()) + bytes(call.arguments());
                    case Part.ToolResult result -> bytes += bytes(result.content());
                    case Part.Thinking thinking -> bytes += bytes(thinking.text());
                    case Part.RedactedThinking redacted -> bytes += bytes(redacted.data());
                    case Part.Other other -> others += MOST_IMAGE;
                }
            }
        }
        for (var tool : request.tools()) {
            others += MESSAGE;
            bytes += bytes(tool.name()) + bytes(tool.description()) + bytes(tool.parameters());
        }
        if (request.responseFormat() instanceof ResponseFormat.JsonSchema form) {
            bytes += bytes(form.name()) + bytes(form.description()) + bytes(form.schema());
        }
        long output = request.maxOutputTokens() == null ? OUTPUT : request.maxOutputTokens();
        return new Usage(Math.ceilDiv(bytes, 2) + others, output, null, null, null);
    }

    private static long bytes(@Nullable JsonNode json) {
        return json == null ? 0 : Json.bytes(json).length;
    }

    /** In UTF-8. */
    private static long bytes(@Nullable String text) {
        long bytes = 0;
        for (int i = 0; text != null && i < text.length(); i++) {
            char letter = text.charAt(i);
            bytes += letter < 0x80 ? 1 : letter < 0x800 || Character.isSurrogate(letter) ? 2 : 3;
        }
        return bytes;
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
