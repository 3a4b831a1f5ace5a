package com.aistrale.server.kit.http;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import tools.jackson.databind.node.ObjectNode;

/** {@code application/problem+json} (RFC 9457), with a stable {@code code}. */
public final class ProblemJson implements ErrorFormat {
    @Override
    public String contentType() {
        return "application/problem+json";
    }

    @Override
    public byte[] render(Problem problem, String requestId) {
        return Json.bytes(json(problem, requestId));
    }

    public static ObjectNode json(Problem problem, String requestId) {
        var code = problem.code();
        var json = Json.object();
        json.put("type", "about:blank");
        json.put("title", code.title());
        json.put("status", code.status());
        json.put("detail", problem.detail());
        json.put("code", code.wireName());
        json.put("request_id", requestId);
        if (!problem.errors().isEmpty()) {
            var errors = json.putArray("errors");
            for (var error : problem.errors()) {
                errors.addObject().put("pointer", error.pointer()).put("detail", error.detail());
            }
        }
        if (problem.provider() != null) {
            json.put("provider", problem.provider());
        }
        if (problem.upstreamStatus() != null) {
            json.put("upstream_status", problem.upstreamStatus());
        }
        if (problem.retryAfter() != null) {
            json.put("retry_after_ms", problem.retryAfter().toMillis());
        }
        return json;
    }
}
