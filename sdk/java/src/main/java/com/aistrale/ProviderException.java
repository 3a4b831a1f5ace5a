package com.aistrale;

import org.jspecify.annotations.Nullable;

/** The provider refused, failed or cannot be reached: its own message is in this one. */
public class ProviderException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    ProviderException(Failure failure) {
        super(failure);
    }

    /**
     * The provider that it was about.
     *
     * @return null where the server named none
     */
    public @Nullable String provider() {
        var problem = problem();
        return problem == null ? null : problem.provider();
    }

    /**
     * The status with which the provider answered.
     *
     * @return null where it did not answer
     */
    public @Nullable Integer upstreamStatus() {
        var problem = problem();
        return problem == null ? null : problem.upstreamStatus();
    }
}
