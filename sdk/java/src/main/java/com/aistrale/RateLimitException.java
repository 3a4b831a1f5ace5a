package com.aistrale;

import org.jspecify.annotations.Nullable;

/**
 * The API key's own limit, which {@link #limits} shows, or the provider's was reached (429). {@link #retryAfter} says for how long.
 */
public class RateLimitException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    RateLimitException(Failure failure) {
        super(failure);
    }

    /**
     * The provider whose limit it was.
     *
     * @return null where it was AISTRALE's own
     */
    public @Nullable String provider() {
        var problem = problem();
        return problem == null ? null : problem.provider();
    }
}
