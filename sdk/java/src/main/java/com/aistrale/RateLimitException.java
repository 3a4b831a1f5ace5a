package com.aistrale;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** AISTRALE's limit or the provider's was reached (429). */
public class RateLimitException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    RateLimitException(Failure failure) {
        super(failure);
    }

    /**
     * How long the server asks to wait before the next try.
     *
     * @return null where it did not say
     */
    public @Nullable Duration retryAfter() {
        return failure().retryAfter();
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
