package com.aistrale.server.access;

import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;

/** {@code GET /api/v1/whoami}. */
public final class AccessRoutes {
    private final Workspaces workspaces;
    private final Guard guard;

    public AccessRoutes(Workspaces workspaces, Guard guard) {
        this.workspaces = workspaces;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/whoami", guard.with(Role.VIEWER, this::whoami));
    }

    private void whoami(Caller caller, Exchange exchange) {
        var view = workspaces.view(caller, caller.workspaceId());
        var workspace = view.workspace();
        var json = Json.object()
                .put("workspace_id", workspace.id())
                .put("workspace_name", workspace.name())
                .put("api_key_id", caller.apiKeyId())
                .put("default_model", view.defaultModel())
                .put("role", caller.role().wireName())
                .put("operator", caller.isOperator());
        var limits = caller.limits() == null ? RateLimits.NONE : caller.limits();
        json.put("requests_per_minute", limits.requestsPerMinute()).put("tokens_per_minute", limits.tokensPerMinute());
        json.putObject("workspace").put("id", workspace.id()).put("name", workspace.name());
        exchange.send(200, json);
    }
}
