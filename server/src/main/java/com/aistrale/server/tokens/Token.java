package com.aistrale.server.tokens;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A provider token as it is listed; the token itself is stored sealed and never shown again.
 *
 * @param weight its share of the provider's calls, beside the weights of the others
 * @param setAside null while it is in use
 */
public record Token(
        String id,
        String workspaceId,
        String provider,
        @Nullable String name,
        String lastFour,
        int weight,
        Instant createdAt,
        @Nullable SetAside setAside) {
    static final int HEAVIEST = 100;

    /** @param reason what the provider said */
    public record SetAside(Instant at, String reason) {}

    public Token {
        if (weight < 1 || weight > HEAVIEST) {
            throw new IllegalArgumentException("a token weighs 1 to " + HEAVIEST + ", not " + weight);
        }
    }
}
