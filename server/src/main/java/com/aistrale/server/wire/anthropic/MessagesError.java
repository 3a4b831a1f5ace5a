package com.aistrale.server.wire.anthropic;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A {@link Problem} in Anthropic's form, as an answer's body or as the data of an event in a stream. The official clients
 * choose their exception by the HTTP status; {@code type} is the word Anthropic uses with that status, {@code code} is ours.
 */
final class MessagesError {
    private MessagesError() {}

    /** {@code {"type": "error", "error": {"type", "message", "code"}, "request_id"}}. */
    static ObjectNode body(Problem problem, String requestId) {
        var body = Json.object().put("type", "error");
        var error = body.putObject("error")
                .put("type", type(problem.code()))
                .put("message", problem.detail())
                .put("code", problem.code().wireName());
        if (problem.errors().size() > 1) {
            var errors = error.putArray("errors");
            problem.errors()
                    .forEach(one ->
                            errors.addObject().put("pointer", one.pointer()).put("detail", one.detail()));
        }
        return body.put("request_id", requestId);
    }

    private static String type(ProblemCode code) {
        return switch (code) {
            case CANCELLED, INTERRUPTED -> "api_error";
            default ->
                switch (code.status()) {
                    case 401 -> "authentication_error";
                    case 402 -> "billing_error";
                    case 403 -> "permission_error";
                    case 404 -> "not_found_error";
                    case 413 -> "request_too_large";
                    case 429 -> "rate_limit_error";
                    case 503 -> "overloaded_error";
                    case 504 -> "timeout_error";
                    default -> code.status() >= 500 ? "api_error" : "invalid_request_error";
                };
        };
    }
}
