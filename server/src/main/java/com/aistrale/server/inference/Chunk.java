package com.aistrale.server.inference;

import com.aistrale.server.pricing.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one event of a provider's stream said.
 *
 * @param finishReason set once, when the model has said its last: see {@link FinishReason}
 * @param usage what was used so far, when this event said it; the last one holds
 * @param model the model that answers as the provider names it, or null
 * @param openAi the event's data as it came, from upstreams of OpenAI's format only
 * @param anthropic the event's data as it came, from upstreams of Anthropic's format whose client speaks it too
 */
public record Chunk(
        List<Delta> deltas,
        @Nullable String finishReason,
        @Nullable Usage usage,
        @Nullable String model,
        @Nullable String openAi,
        @Nullable String anthropic) {
    /** Of an upstream of no client's format, or of OpenAI's. */
    public Chunk(
            List<Delta> deltas,
            @Nullable String finishReason,
            @Nullable Usage usage,
            @Nullable String model,
            @Nullable String openAi) {
        this(deltas, finishReason, usage, model, openAi, null);
    }
}
