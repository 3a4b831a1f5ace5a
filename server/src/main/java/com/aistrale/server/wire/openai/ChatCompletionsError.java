package com.aistrale.server.wire.openai;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A {@link Problem} in OpenAI's form, as an answer's body or as the data of an event in a stream. The official clients
 * choose their exception by the HTTP status; {@code type} is the word OpenAI uses with that status, {@code code} is ours.
 */
final class ChatCompletionsError {
    private ChatCompletionsError() {}

    /** {@code {"error": {"message", "type", "param", "code"}}}. */
    static ObjectNode body(Problem problem) {
        var body = Json.object();
        body.putObject("error")
                .put("message", problem.detail())
                .put("type", type(problem))
                .put("param", param(problem))
                .put("code", problem.code().wireName());
        return body;
    }

    private static String type(Problem problem) {
        int status = problem.code().status();
        return switch (status) {
            case 402 -> "insufficient_quota";
            case 429 -> "rate_limit_error";
            case 503 -> "service_unavailable_error";
            default -> status >= 500 ? "server_error" : "invalid_request_error";
        };
    }

    /** The first field at fault, spelt as OpenAI does: {@code messages[0].content}. */
    private static @Nullable String param(Problem problem) {
        if (problem.errors().isEmpty() || problem.errors().getFirst().pointer().isEmpty()) {
            return null;
        }
        var param = new StringBuilder();
        for (var step : problem.errors().getFirst().pointer().substring(1).split("/", -1)) {
            var name = step.replace("~1", "/").replace("~0", "~");
            if (!name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9')) {
                param.append('[').append(name).append(']');
            } else {
                param.append(param.isEmpty() ? "" : ".").append(name);
            }
        }
        return param.toString();
    }
}
