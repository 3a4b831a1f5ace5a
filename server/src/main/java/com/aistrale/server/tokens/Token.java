package com.aistrale.server.tokens;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A provider token as it is listed; the token itself is stored sealed and never shown again. */
public record Token(
        String id,
        String workspaceId,
        String provider,
        @Nullable String name,
        String lastFour,
        Instant createdAt) {}
