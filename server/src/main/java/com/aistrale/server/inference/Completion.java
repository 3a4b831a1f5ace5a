package com.aistrale.server.inference;

import com.aistrale.server.pricing.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A provider's whole answer.
 *
 * @param parts what the assistant said, in order: thinking, text, tool calls
 * @param model the model as the provider names it, or null when it does not
 * @param openAi the answer's body as it came, from upstreams of OpenAI's format only; null otherwise
 * @param anthropic likewise from upstreams of Anthropic's format
 */
public record Completion(
        List<Part> parts,
        String finishReason,
        @Nullable Usage usage,
        @Nullable String model,
        byte @Nullable [] openAi,
        byte @Nullable [] anthropic) {
    /** Of an upstream of no client's format, or of OpenAI's. */
    public Completion(
            List<Part> parts,
            String finishReason,
            @Nullable Usage usage,
            @Nullable String model,
            byte @Nullable [] openAi) {
        this(parts, finishReason, usage, model, openAi, null);
    }

    public Completion {
        parts = List.copyOf(parts);
    }
}
