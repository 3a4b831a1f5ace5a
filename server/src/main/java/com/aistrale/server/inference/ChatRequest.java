package com.aistrale.server.inference;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is asked of a model, in no provider's dialect. Null means "not said": the provider's own default holds.
 *
 * @param temperature 0 to 2 as OpenAI counts; adapters do not rescale
 * @param maxOutputTokens at least 1, reasoning included
 * @param reasoningEffort {@code none | minimal | low | medium | high | xhigh}; open, as providers add to it
 * @param extras fields of the client's dialect that have no place here, by name. An adapter passes on what its format
 *     can say and refuses the rest with a 400 that names it; nothing is dropped silently
 * @param providerOptions the caller's own fields for the provider, merged into the upstream body as they are
 * @param asSent what came, where that was in the format of a provider
 */
public record ChatRequest(
        List<Message> messages,
        Sampling sampling,
        @Nullable Integer maxOutputTokens,
        List<String> stop,
        List<Tool> tools,
        @Nullable ToolChoice toolChoice,
        @Nullable Boolean parallelToolCalls,
        @Nullable ResponseFormat responseFormat,
        @Nullable String reasoningEffort,
        Map<String, Leftover> extras,
        @Nullable ObjectNode providerOptions,
        @Nullable AsSent asSent) {

    /** How tokens are drawn; each null unless said. */
    public record Sampling(
            @Nullable Double temperature,
            @Nullable Double topP,
            @Nullable Double frequencyPenalty,
            @Nullable Double presencePenalty,
            @Nullable Long seed) {
        public static final Sampling DEFAULT = new Sampling(null, null, null, null, null);
    }

    public ChatRequest {
        messages = List.copyOf(messages);
        stop = List.copyOf(stop);
        tools = List.copyOf(tools);
        extras = Collections.unmodifiableMap(new LinkedHashMap<>(extras)); // refusals name them in this order
    }

    /** The same without a word on what the provider may cache. */
    public ChatRequest withoutCacheMarkers() {
        return new ChatRequest(
                messages.stream().map(Message::withoutCacheMarkers).toList(),
                sampling,
                maxOutputTokens,
                stop,
                tools.stream()
                        .map(tool -> new Tool(tool.name(), tool.description(), tool.parameters(), tool.strict(), null))
                        .toList(),
                toolChoice,
                parallelToolCalls,
                responseFormat,
                reasoningEffort,
                extras,
                providerOptions,
                asSent);
    }

    /** The same without a word on how much to think. */
    ChatRequest withoutReasoningEffort() {
        return new ChatRequest(
                messages,
                sampling,
                maxOutputTokens,
                stop,
                tools,
                toolChoice,
                parallelToolCalls,
                responseFormat,
                null,
                extras,
                providerOptions,
                asSent);
    }

    /** The body as a client of OpenAI's format sent it; null where it came in another. */
    public @Nullable ObjectNode openAi() {
        return asSent instanceof AsSent.OpenAi sent ? sent.body() : null;
    }

    /** What a client of Anthropic's format sent; null where it came in another. */
    public AsSent.@Nullable Anthropic anthropic() {
        return asSent instanceof AsSent.Anthropic sent ? sent : null;
    }

    /** A plain question. */
    public static ChatRequest of(List<Message> messages) {
        return new ChatRequest(
                messages, Sampling.DEFAULT, null, List.of(), List.of(), null, null, null, null, Map.of(), null, null);
    }
}
