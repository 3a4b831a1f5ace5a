package com.aistrale.server.inference;

import com.aistrale.server.pricing.Usage;

/**
 * Tokens by counting characters, for streams that ended before the provider counted: four characters a token, which is
 * what providers give as a rule of thumb for English text; an image counts {@value #IMAGE} tokens. Marked as estimated
 * wherever it is shown.
 */
final class TokenEstimate {
    private static final int CHARACTERS = 4;
    private static final int IMAGE = 1000;

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
