package com.aistrale.server.providers.anthropic;

import com.aistrale.server.pricing.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The figures of an answer as they come in: the last value of each holds. One thread. */
final class AnthropicUsage {
    private @Nullable Long uncached;
    private @Nullable Long cacheRead;
    private @Nullable Long cacheWritten;
    private @Nullable Long writtenForAnHour;
    private @Nullable Long output;
    private @Nullable Long thinking;

    /** Takes what a {@code usage} object says; absent fields keep what was said before. */
    void take(JsonNode usage) {
        uncached = number(usage.get("input_tokens"), uncached);
        cacheRead = number(usage.get("cache_read_input_tokens"), cacheRead);
        cacheWritten = number(usage.get("cache_creation_input_tokens"), cacheWritten);
        writtenForAnHour = number(usage.path("cache_creation").get("ephemeral_1h_input_tokens"), writtenForAnHour);
        output = number(usage.get("output_tokens"), output);
        thinking = number(usage.path("output_tokens_details").get("thinking_tokens"), thinking);
    }

    /** Anthropic's {@code input_tokens} leave out what the cache gave or took; ours are all input. Null: not a word. */
    @Nullable
    Usage now() {
        if (uncached == null && output == null) {
            return null;
        }
        var input = uncached == null ? null : uncached + orZero(cacheRead) + orZero(cacheWritten);
        return Usage.reported(input, output, cacheRead, cacheWritten, writtenForAnHour, thinking);
    }

    private static long orZero(@Nullable Long tokens) {
        return tokens == null ? 0 : tokens;
    }

    private static @Nullable Long number(@Nullable JsonNode value, @Nullable Long before) {
        return value != null && value.isIntegralNumber() && value.canConvertToLong()
                ? Long.valueOf(value.longValue())
                : before;
    }
}
