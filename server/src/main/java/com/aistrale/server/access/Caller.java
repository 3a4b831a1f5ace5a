package com.aistrale.server.access;

import com.aistrale.server.kit.problem.ProblemException;
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
 * @param limits how much the key may run in a minute; null for as much as one likes
 */
public record Caller(
        String workspaceId,
        String apiKeyId,
        Role role,
        @Nullable List<String> allowedModels,
        boolean defaultWorkspace,
        @Nullable String client,
        @Nullable RateLimits limits) {
    public Caller {
        allowedModels = allowedModels == null ? null : List.copyOf(allowedModels);
        limits = RateLimits.NONE.equals(limits) ? null : limits;
    }

    /** Without limits. */
    public Caller(
            String workspaceId,
            String apiKeyId,
            Role role,
            @Nullable List<String> allowedModels,
            boolean defaultWorkspace,
            @Nullable String client) {
        this(workspaceId, apiKeyId, role, allowedModels, defaultWorkspace, client, null);
    }

    /** The server itself, which makes the first key of a workspace. */
    static Caller server(String workspaceId) {
        return new Caller(workspaceId, Access.SERVER, Role.ADMIN, null, false, null);
    }

    /** Whether this is the instance's operator. */
    public boolean isOperator() {
        return apiKeyId.equals(Access.OPERATOR);
    }

    /** Whether this is the operator or the server itself, who lock nobody out for good. */
    boolean isAboveKeys() {
        return isOperator() || apiKeyId.equals(Access.SERVER);
    }

    /** Whether the key may run this model of this provider. */
    public boolean mayRun(String provider, String model) {
        return AllowedModels.allow(allowedModels, provider, model);
    }

    /** @throws ProblemException {@code permission_denied} that names the model, when the key may not run it */
    public void requireModel(String provider, String model) {
        if (!mayRun(provider, model)) {
            throw AllowedModels.refusal(this, provider, model);
        }
    }

    /** @param field of the request, by which the provider itself may choose a model */
    public ProblemException mayNotLeaveTheModelTo(String field) {
        return AllowedModels.choiceRefusal(this, field);
    }

    /** The same caller with what it does in another workspace. */
    Caller in(Workspace workspace) {
        return new Caller(workspace.id(), apiKeyId, role, allowedModels, workspace.isDefault(), client, limits);
    }
}
