package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code usage} of OpenAI's format, and what the providers of that format make of it. */
public final class OpenAiUsage {
    private OpenAiUsage() {}

    /** Reads {@code usage}; null when there is none, or nothing in it that can be read. */
    public static @Nullable Usage read(@Nullable JsonNode usage) {
        if (!(usage instanceof ObjectNode said)) {
            return null;
        }
        var input = count(said.get("prompt_tokens"));
        var output = count(said.get("completion_tokens"));
        if (input == null && output == null) {
            return null;
        }
        var inputDetails = said.get("prompt_tokens_details");
        var outputDetails = said.get("completion_tokens_details");
        var reasoning = outputDetails == null ? null : count(outputDetails.get("reasoning_tokens"));
        return Usage.reported(
                input,
                withReasoning(input, output, reasoning, count(said.get("total_tokens"))),
                cached(said, inputDetails),
                inputDetails == null ? null : count(inputDetails.get("cache_write_tokens")),
                null,
                reasoning);
    }

    /** OpenAI counts reasoning into the completion; xAI does not, and shows so by the total. */
    private static @Nullable Long withReasoning(
            @Nullable Long input, @Nullable Long output, @Nullable Long reasoning, @Nullable Long total) {
        if (input == null || output == null || reasoning == null || total == null) {
            return output;
        }
        return total - input - output == reasoning ? Long.valueOf(output + reasoning) : output;
    }

    /** {@code prompt_tokens_details.cached_tokens}; DeepSeek and Moonshot have names of their own. */
    private static @Nullable Long cached(ObjectNode said, @Nullable JsonNode details) {
        var cached = details == null ? null : count(details.get("cached_tokens"));
        if (cached == null) {
            cached = count(said.get("prompt_cache_hit_tokens"));
        }
        return cached == null ? count(said.get("cached_tokens")) : cached;
    }

    private static @Nullable Long count(@Nullable JsonNode node) {
        return node != null && node.isIntegralNumber() && node.canConvertToLong() ? node.longValue() : null;
    }

    /** Writes {@code usage}; null unless input and output are both known, as the format has no word for "unknown". */
    public static @Nullable ObjectNode write(@Nullable Usage usage) {
        if (usage == null || usage.inputTokens() == null || usage.outputTokens() == null) {
            return null;
        }
        var object = Json.object()
                .put("prompt_tokens", usage.inputTokens())
                .put("completion_tokens", usage.outputTokens())
                .put("total_tokens", usage.totalTokens());
        if (usage.cachedInputTokens() != null || usage.cacheWriteInputTokens() != null) {
            var details = object.putObject("prompt_tokens_details");
            put(details, "cached_tokens", usage.cachedInputTokens());
            put(details, "cache_write_tokens", usage.cacheWriteInputTokens());
        }
        if (usage.reasoningTokens() != null) {
            object.putObject("completion_tokens_details").put("reasoning_tokens", usage.reasoningTokens());
        }
        return object;
    }

    private static void put(ObjectNode into, String field, @Nullable Long value) {
        if (value != null) {
            into.put(field, value);
        }
    }
}
