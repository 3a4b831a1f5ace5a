package com.aistrale.server.webhooks;

import com.aistrale.server.kit.crypto.Secret;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants a new webhook to be.
 *
 * @param filter empty for none
 * @param headers by their names, in the order in which they are sent
 * @param secret null has one made
 */
record Wanted(
        @Nullable String name,
        String url,
        List<String> events,
        Map<String, String> filter,
        boolean includeContent,
        Map<String, String> headers,
        @Nullable Secret secret,
        boolean enabled) {}
