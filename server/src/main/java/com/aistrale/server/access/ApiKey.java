package com.aistrale.server.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An API key as it is listed: never the key itself, which is stored as a hash only. */
public record ApiKey(
        String id,
        String workspaceId,
        String name,
        String lastFour,
        Instant createdAt,
        @Nullable Instant revokedAt) {}
