package com.aistrale.server.contract;

import java.util.List;

/** What of the contract is still being built. Whoever builds it takes it out, as the tests tell them to. */
final class NotYet {
    /** Operations without a route. */
    static final List<String> MOUNTED = List.of(
            "GET /api/v1/api-keys/{id}",
            "GET /api/v1/audit-log",
            "GET /api/v1/prompts",
            "GET /api/v1/prompts/{name}",
            "GET /api/v1/prompts/{name}/diff",
            "GET /api/v1/prompts/{name}/dotprompt",
            "GET /api/v1/prompts/{name}/versions",
            "GET /api/v1/prompts/{name}/versions/{version}",
            "GET /api/v1/telemetry/export",
            "GET /api/v1/telemetry/stream",
            "GET /api/v1/telemetry/summary",
            "GET /api/v1/traces",
            "GET /api/v1/traces/{trace_id}",
            "GET /api/v1/workspaces",
            "GET /api/v1/workspaces/{id}",
            "DELETE /api/v1/prompts/{name}",
            "DELETE /api/v1/prompts/{name}/labels/{label}",
            "DELETE /api/v1/workspaces/{id}",
            "POST /api/v1/api-keys/{id}",
            "POST /api/v1/prompts",
            "POST /api/v1/prompts/{name}",
            "POST /api/v1/prompts/{name}/render",
            "POST /api/v1/prompts/{name}/versions",
            "POST /api/v1/telemetry/deletions",
            "POST /api/v1/telemetry/spans",
            "POST /api/v1/workspaces",
            "POST /api/v1/workspaces/{id}",
            "PUT /api/v1/prompts/{name}/dotprompt",
            "PUT /api/v1/prompts/{name}/labels/{label}");

    /** Operations whose answers lack something, by their {@code operationId}. */
    static final List<String> ANSWERED = List.of("getWhoami", "listApiKeys", "createApiKey", "getInference");

    private NotYet() {}
}
