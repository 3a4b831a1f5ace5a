package com.aistrale.server.pricing;

import org.jspecify.annotations.Nullable;

/**
 * What a provider asks for a model.
 *
 * @param base the rates of an ordinary request
 * @param longContext the rates of a request with a long input, or null where there is one price for all
 */
public record Price(Rates base, @Nullable LongContext longContext) {

    /** One price for requests of any length. */
    public static Price flat(Rates rates) {
        return new Price(rates, null);
    }

    /**
     * Nano-dollars per million tokens, each 0 to {@value #MAX}: 2,500,000,000 is $2.50 per million. Reasoning is
     * priced as output.
     *
     * @param input tokens read, neither from nor into the prompt cache
     * @param output tokens written
     * @param cachedInput tokens read from the cache; null: they cost what input costs
     * @param cacheWrite tokens written to the cache; null: they cost what input costs
     * @param cacheWriteOneHour tokens written to the cache for an hour; null: they cost what a cache write costs
     */
    public record Rates(
            long input,
            long output,
            @Nullable Long cachedInput,
            @Nullable Long cacheWrite,
            @Nullable Long cacheWriteOneHour) {

        /** A thousand dollars per million tokens. */
        public static final long MAX = 1_000_000_000_000L;

        public Rates {
            require("input", input);
            require("output", output);
            require("cached_input", cachedInput);
            require("cache_write", cacheWrite);
            require("cache_write_one_hour", cacheWriteOneHour);
        }

        /** The rate of a cache read, whether listed apart or not. */
        public long cachedInputOrInput() {
            return cachedInput == null ? input : cachedInput;
        }

        /** The rate of a cache write, whether listed apart or not. */
        public long cacheWriteOrInput() {
            return cacheWrite == null ? input : cacheWrite;
        }

        /** The rate of an hour's cache write, whether listed apart or not. */
        public long cacheWriteOneHourOrCacheWrite() {
            return cacheWriteOneHour == null ? cacheWriteOrInput() : cacheWriteOneHour;
        }

        private static void require(String name, @Nullable Long rate) {
            if (rate != null && (rate < 0 || rate > MAX)) {
                throw new IllegalArgumentException("the rate " + name + " is not 0 to " + MAX + ": " + rate);
            }
        }
    }

    /**
     * The rates for the whole request, output included, once its input is long.
     *
     * @param aboveInputTokens a request with more input than this, cache reads and writes counted, pays these rates;
     *     at least 1
     */
    public record LongContext(long aboveInputTokens, Rates rates) {
        public LongContext {
            if (aboveInputTokens < 1) {
                throw new IllegalArgumentException("the long context begins below 1 token: " + aboveInputTokens);
            }
        }
    }

    /** The rates that hold for a request with so much input. */
    public Rates ratesFor(long inputTokens) {
        return longContext != null && inputTokens > longContext.aboveInputTokens ? longContext.rates : base;
    }
}
