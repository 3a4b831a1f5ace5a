package com.aistrale.server.pricing;

import org.jspecify.annotations.Nullable;

/**
 * How many tokens a model read and wrote, counted as OpenTelemetry's GenAI conventions count: the input is all input,
 * cache reads and cache writes included; the output includes reasoning. Null means "unknown", which is not 0. Each is
 * 0 to {@value #MAX_TOKENS}, and no part is above its whole.
 *
 * @param inputTokens all that was read
 * @param outputTokens all that was written, reasoning included
 * @param cachedInputTokens the part of the input that came from the provider's prompt cache
 * @param cacheWriteInputTokens the part of the input that was written to that cache, for whatever time
 * @param cacheWriteOneHourInputTokens the part of the cache writes that stays for an hour or more, where the provider
 *     says so and prices it apart (Anthropic)
 * @param reasoningTokens the part of the output that was reasoning
 */
public record Usage(
        @Nullable Long inputTokens,
        @Nullable Long outputTokens,
        @Nullable Long cachedInputTokens,
        @Nullable Long cacheWriteInputTokens,
        @Nullable Long cacheWriteOneHourInputTokens,
        @Nullable Long reasoningTokens) {

    /** A trillion: far above any call, and low enough that no cost overflows. */
    public static final long MAX_TOKENS = 1_000_000_000_000L;

    public Usage {
        require("input_tokens", inputTokens);
        require("output_tokens", outputTokens);
        require("cached_input_tokens", cachedInputTokens);
        require("cache_write_input_tokens", cacheWriteInputTokens);
        require("cache_write_one_hour_input_tokens", cacheWriteOneHourInputTokens);
        require("reasoning_tokens", reasoningTokens);
        long cache = orZero(cachedInputTokens) + orZero(cacheWriteInputTokens);
        requirePart("cached_input_tokens and cache_write_input_tokens are", cache, "input_tokens", inputTokens);
        requirePart(
                "cache_write_one_hour_input_tokens is",
                orZero(cacheWriteOneHourInputTokens),
                "cache_write_input_tokens",
                cacheWriteInputTokens);
        requirePart("reasoning_tokens is", orZero(reasoningTokens), "output_tokens", outputTokens);
    }

    /** Without a word on how long cache writes stay. */
    public Usage(
            @Nullable Long inputTokens,
            @Nullable Long outputTokens,
            @Nullable Long cachedInputTokens,
            @Nullable Long cacheWriteInputTokens,
            @Nullable Long reasoningTokens) {
        this(inputTokens, outputTokens, cachedInputTokens, cacheWriteInputTokens, null, reasoningTokens);
    }

    /**
     * What a provider said, with what cannot be true turned into "unknown", so that odd figures never cost the caller
     * an answer that was given. A figure out of range becomes null; where parts exceed their whole the parts become
     * null, and the whole is then priced in full.
     */
    public static Usage reported(
            @Nullable Long inputTokens,
            @Nullable Long outputTokens,
            @Nullable Long cachedInputTokens,
            @Nullable Long cacheWriteInputTokens,
            @Nullable Long cacheWriteOneHourInputTokens,
            @Nullable Long reasoningTokens) {
        var input = known(inputTokens);
        var output = known(outputTokens);
        var cached = known(cachedInputTokens);
        var written = known(cacheWriteInputTokens);
        if (exceeds(orZero(cached) + orZero(written), input)) {
            cached = null;
            written = null;
        }
        var hour = written == null ? null : known(cacheWriteOneHourInputTokens);
        var reasoning = known(reasoningTokens);
        return new Usage(
                input,
                output,
                cached,
                written,
                exceeds(orZero(hour), written) ? null : hour,
                exceeds(orZero(reasoning), output) ? null : reasoning);
    }

    /** Input and output together, or null when either is unknown. */
    public @Nullable Long totalTokens() {
        return inputTokens == null || outputTokens == null ? null : inputTokens + outputTokens;
    }

    private static long orZero(@Nullable Long tokens) {
        return tokens == null ? 0 : tokens;
    }

    private static @Nullable Long known(@Nullable Long tokens) {
        return tokens == null || tokens < 0 || tokens > MAX_TOKENS ? null : tokens;
    }

    private static boolean exceeds(long part, @Nullable Long whole) {
        return whole != null && part > whole;
    }

    private static void require(String name, @Nullable Long tokens) {
        if (tokens != null && (tokens < 0 || tokens > MAX_TOKENS)) {
            throw new IllegalArgumentException(name + " is not 0 to " + MAX_TOKENS + ": " + tokens);
        }
    }

    private static void requirePart(String parts, long part, String name, @Nullable Long whole) {
        if (exceeds(part, whole)) {
            throw new IllegalArgumentException(parts + " above " + name + ": " + part + " of " + whole);
        }
    }
}
