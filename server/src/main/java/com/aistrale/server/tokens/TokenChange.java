package com.aistrale.server.tokens;

import com.aistrale.server.kit.crypto.Secret;
import org.jspecify.annotations.Nullable;

/**
 * What a partial update says of a token.
 *
 * @param secret another one in its place; null leaves it
 * @param named whether it says anything of the name
 * @param name the new name, which may be none
 * @param weight null leaves it
 */
public record TokenChange(
        @Nullable Secret secret,
        boolean named,
        @Nullable String name,
        @Nullable Integer weight) {
    public static TokenChange of(Secret secret) {
        return new TokenChange(secret, false, null, null);
    }
}
