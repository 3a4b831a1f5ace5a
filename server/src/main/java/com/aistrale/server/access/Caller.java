package com.aistrale.server.access;

import org.jspecify.annotations.Nullable;

/**
 * Who calls.
 *
 * @param apiKeyId {@code key_…}, or {@link Access#OPERATOR} for the key given by {@code AISTRALE_ADMIN_KEY}
 * @param defaultWorkspace whether credentials of the environment serve this workspace
 * @param client what {@code x-aistrale-client} said, such as {@code python/0.1.0}, else a short user agent, or null
 */
public record Caller(
        String workspaceId,
        String apiKeyId,
        boolean defaultWorkspace,
        @Nullable String client) {}
