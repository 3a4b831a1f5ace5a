package com.aistrale.server.inference;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
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
 * @param openAi the body as a client of OpenAI's format sent it, for upstreams of the same format; null otherwise
 * @param anthropic likewise of Anthropic's format
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
        Map<String, JsonNode> extras,
        @Nullable ObjectNode providerOptions,
        @Nullable ObjectNode openAi,
        @Nullable AnthropicBody anthropic) {

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
        extras = Map.copyOf(extras);
    }

    /** In a format of no provider, or in OpenAI's. */
    public ChatRequest(
            List<Message> messages,
            Sampling sampling,
            @Nullable Integer maxOutputTokens,
            List<String> stop,
            List<Tool> tools,
            @Nullable ToolChoice toolChoice,
            @Nullable Boolean parallelToolCalls,
            @Nullable ResponseFormat responseFormat,
            @Nullable String reasoningEffort,
            Map<String, JsonNode> extras,
            @Nullable ObjectNode providerOptions,
            @Nullable ObjectNode openAi) {
        this(
                messages,
                sampling,
                maxOutputTokens,
                stop,
                tools,
                toolChoice,
                parallelToolCalls,
                responseFormat,
                reasoningEffort,
                extras,
                providerOptions,
                openAi,
                null);
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
                openAi,
                anthropic);
    }

    /** A plain question. */
    public static ChatRequest of(List<Message> messages) {
        return new ChatRequest(
                messages, Sampling.DEFAULT, null, List.of(), List.of(), null, null, null, null, Map.of(), null, null);
    }
}
