package com.aistrale.server.inference;

import com.aistrale.server.telemetry.InferenceRecord.PromptUse;
import com.aistrale.server.telemetry.InferenceRecord.TraceContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request to run an inference, whatever dialect it came in.
 *
 * @param model {@code gpt-4o}, {@code openai/gpt-4o} or an alias; null for the default
 * @param provider a provider's name, or null
 * @param fallbacks models to ask, in this order, where {@code model} does not answer; as {@code model} is written. Empty
 *     leaves it to the alias
 * @param timeout the deadline of the whole; null for the server's usual one
 * @param prompt the version of a prompt that {@code chat} was rendered from, or null
 * @param trace the caller's place in a trace, or null
 * @param keyed null without an Idempotency-Key
 * @param demoMayAnswer whether the demo provider may answer when no provider was ever configured: native surface only
 */
public record Ask(
        ChatRequest chat,
        @Nullable String model,
        @Nullable String provider,
        List<String> fallbacks,
        boolean stream,
        @Nullable String sessionId,
        Map<String, String> metadata,
        @Nullable Duration timeout,
        @Nullable PromptUse prompt,
        @Nullable TraceContext trace,
        @Nullable Keyed keyed,
        boolean demoMayAnswer) {
    public Ask {
        fallbacks = List.copyOf(fallbacks);
        metadata = Map.copyOf(metadata);
    }

    /** The same with another deadline. */
    Ask within(Duration other) {
        return new Ask(
                chat,
                model,
                provider,
                fallbacks,
                stream,
                sessionId,
                metadata,
                other,
                prompt,
                trace,
                keyed,
                demoMayAnswer);
    }
}
