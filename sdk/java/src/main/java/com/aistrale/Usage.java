package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model read and wrote, in tokens. Each number is null where the provider did not report it.
 *
 * @param inputTokens read, cached ones included
 * @param outputTokens written, reasoning included
 * @param cachedInputTokens read from the provider's cache
 * @param cacheWriteInputTokens written into the provider's cache
 * @param reasoningTokens spent on reasoning
 * @param totalTokens the provider's own total
 * @param json the whole object as it came
 */
public record Usage(
        @Nullable Long inputTokens,
        @Nullable Long outputTokens,
        @Nullable Long cachedInputTokens,
        @Nullable Long cacheWriteInputTokens,
        @Nullable Long reasoningTokens,
        @Nullable Long totalTokens,
        Map<String, @Nullable Object> json) {
    static Usage read(Fields fields) {
        return new Usage(
                fields.optionalInteger("input_tokens"),
                fields.optionalInteger("output_tokens"),
                fields.optionalInteger("cached_input_tokens"),
                fields.optionalInteger("cache_write_input_tokens"),
                fields.optionalInteger("reasoning_tokens"),
                fields.optionalInteger("total_tokens"),
                fields.json());
    }
}
