package com.aistrale.server.pricing;

import org.jspecify.annotations.Nullable;

/**
 * Price times usage, in whole nano-dollars. The sum is exact; it is rounded once, at its end, half up. No cost
 * overflows: {@link Usage#MAX_TOKENS} and {@link Price.Rates#MAX} keep it below 2^61.
 */
public final class Cost {
    private static final long MILLION = 1_000_000;

    private Cost() {}

    /**
     * What the usage costs at the price, in nano-dollars; null (unknown, which is not 0) without a price, without a
     * usage, or when the usage does not say both input and output. Cache reads and writes that the usage does not tell
     * are priced as input.
     */
    public static @Nullable Long nanoUsd(@Nullable Price price, @Nullable Usage usage) {
        if (price == null || usage == null) {
            return null;
        }
        var input = usage.inputTokens();
        var output = usage.outputTokens();
        if (input == null || output == null) {
            return null;
        }
        long cached = orZero(usage.cachedInputTokens());
        long written = orZero(usage.cacheWriteInputTokens());
        long hour = usage.cacheWriteInputTokens() == null ? 0 : orZero(usage.cacheWriteOneHourInputTokens());
        var rates = price.ratesFor(input);
        return new Sum()
                .add(input - cached - written, rates.input())
                .add(cached, rates.cachedInputOrInput())
                .add(written - hour, rates.cacheWriteOrInput())
                .add(hour, rates.cacheWriteOneHourOrCacheWrite())
                .add(output, rates.output())
                .rounded();
    }

    private static long orZero(@Nullable Long tokens) {
        return tokens == null ? 0 : tokens;
    }

    /** Whole nano-dollars, and the millionths of one that remain. */
    private static final class Sum {
        private long nano;
        private long millionths;

        /** Adds tokens times rate without ever holding the product, which may need 80 bits. */
        Sum add(long tokens, long ratePerMillion) {
            long rest = tokens % MILLION * ratePerMillion;
            nano += tokens / MILLION * ratePerMillion + rest / MILLION;
            millionths += rest % MILLION;
            return this;
        }

        long rounded() {
            return nano + (millionths + MILLION / 2) / MILLION;
        }
    }
}
