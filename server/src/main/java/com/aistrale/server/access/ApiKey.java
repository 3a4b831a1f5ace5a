package com.aistrale.server.access;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An API key as it is listed: never the key itself, which is stored as a hash only.
 *
 * @param allowedModels see {@link AllowedModels}; null for all
 * @param expiresAt from when on it opens nothing; null for never
 * @param limits how much it may run in a minute
 * @param lastUsedAt to about a minute; null when it never opened anything
 */
public record ApiKey(
        String id,
        String workspaceId,
        String name,
        Role role,
        @Nullable List<String> allowedModels,
        String lastFour,
        Instant createdAt,
        @Nullable Instant expiresAt,
        RateLimits limits,
        @Nullable Instant lastUsedAt,
        @Nullable Instant revokedAt) {
    public ApiKey {
        allowedModels = allowedModels == null ? null : List.copyOf(allowedModels);
    }

    /** Whether its time is over at {@code now}. */
    boolean isExpired(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }

    /** Whether it opens its workspace at {@code now}. */
    boolean opens(Instant now) {
        return revokedAt == null && !isExpired(now);
    }

    ApiKey with(
            String newName,
            @Nullable List<String> newAllowedModels,
            @Nullable Instant newExpiry,
            RateLimits newLimits) {
        return new ApiKey(
                id,
                workspaceId,
                newName,
                role,
                newAllowedModels,
                lastFour,
                createdAt,
                newExpiry,
                newLimits,
                lastUsedAt,
                revokedAt);
    }
}
