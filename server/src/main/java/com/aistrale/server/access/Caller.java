package com.aistrale.server.access;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who calls.
 *
 * @param apiKeyId {@code key_…}, or {@link Access#OPERATOR} for the key given by {@code AISTRALE_ADMIN_KEY}
 * @param role what the key may do in the workspace
 * @param allowedModels the only models that the key may run, as {@code provider/model} or {@code provider/*}; null for all
 * @param defaultWorkspace whether credentials of the environment serve this workspace
 * @param client what {@code x-aistrale-client} said, such as {@code python/0.1.0}, else a short user agent, or null
 */
public record Caller(
        String workspaceId,
        String apiKeyId,
        Role role,
        @Nullable List<String> allowedModels,
        boolean defaultWorkspace,
        @Nullable String client) {
    public Caller {
        allowedModels = allowedModels == null ? null : List.copyOf(allowedModels);
    }

    /** Whether this is the instance's operator. */
    public boolean isOperator() {
        return apiKeyId.equals(Access.OPERATOR);
    }
}
