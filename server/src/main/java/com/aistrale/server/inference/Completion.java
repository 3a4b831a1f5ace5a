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
 */
public record Completion(
        List<Part> parts,
        String finishReason,
        @Nullable Usage usage,
        @Nullable String model,
        byte @Nullable [] openAi) {
    public Completion {
        parts = List.copyOf(parts);
    }
}
