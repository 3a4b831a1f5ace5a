package com.aistrale.server.access;

import org.jspecify.annotations.Nullable;

/**
 * The most that a key may run in a minute.
 *
 * @param requestsPerMinute inferences begun, 1 to {@value #MOST_REQUESTS}; null for any number
 * @param tokensPerMinute input and output tokens, 1 to {@value #MOST_TOKENS}; null for any number
 */
public record RateLimits(
        @Nullable Long requestsPerMinute, @Nullable Long tokensPerMinute) {
    public static final long MOST_REQUESTS = 1_000_000;
    public static final long MOST_TOKENS = 1_000_000_000;

    /** As much as one likes. */
    public static final RateLimits NONE = new RateLimits(null, null);

    public RateLimits {
        require("requests per minute", requestsPerMinute, MOST_REQUESTS);
        require("tokens per minute", tokensPerMinute, MOST_TOKENS);
    }

    private static void require(String what, @Nullable Long limit, long most) {
        if (limit != null && (limit < 1 || limit > most)) {
            throw new IllegalArgumentException(what + " are not 1 to " + most + ": " + limit);
        }
    }
}
