package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.wire.Refusal;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Anthropic's errors, and the headers that go with every answer. */
final class Errors {
    private Errors() {}

    /** A 400 with that message. */
    static Refusal invalid(String message, Turn turn) {
        return new Refusal(error(400, "invalid_request_error", message, turn));
    }

    static Reply.Whole error(int status, String type, String message, Turn turn) {
        Map<String, String> headers = headers(turn);
        ObjectNode body = body(type, message);
        body.put("request_id", headers.get("request-id"));
        return Reply.Whole.json(status, headers, body);
    }

    static ObjectNode body(String type, String message) {
        ObjectNode body = Json.object().put("type", "error");
        body.putObject("error").put("type", type).put("message", message);
        return body;
    }

    /** The service's error of that status. */
    static Reply.Whole of(int status, Turn turn) {
        return switch (status) {
            case 401 -> error(401, "authentication_error", "invalid x-api-key", turn);
            case 402 ->
                error(402, "billing_error", "There is an issue with your billing or payment information.", turn);
            case 403 ->
                error(
                        403,
                        "permission_error",
                        "Your API key does not have permission to use the specified resource.",
                        turn);
            case 404 -> error(404, "not_found_error", "Not Found", turn);
            case 413 -> error(413, "request_too_large", "Request exceeds the maximum size", turn);
            case 429 -> rateLimited(turn);
            case 504 -> error(504, "timeout_error", "The request timed out while processing.", turn);
            case 529 -> error(529, "overloaded_error", "Overloaded", turn).with(Map.of("x-should-retry", "true"));
            default ->
                status < 500
                        ? error(status, "invalid_request_error", "The request could not be processed.", turn)
                        : error(status, "api_error", "Internal server error", turn);
        };
    }

    private static Reply.Whole rateLimited(Turn turn) {
        String message = "This request would exceed the rate limit for your organization (emulator) of 50 requests per "
                + "minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.";
        String reset =
                turn.world().clock().instant().plusSeconds(turn.retryAfter()).toString();
        return error(429, "rate_limit_error", message, turn)
                .with(Map.of(
                        "retry-after",
                        String.valueOf(turn.retryAfter()),
                        "x-should-retry",
                        "true",
                        "anthropic-ratelimit-requests-remaining",
                        "0",
                        "anthropic-ratelimit-requests-reset",
                        reset));
    }

    static Map<String, String> headers(Turn turn) {
        String reset = turn.world().clock().instant().plusSeconds(60).toString();
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("request-id", turn.world().ids().next("req_01"));
        headers.put("anthropic-organization-id", "00000000-0000-4000-8000-000000000000");
        for (String what : new String[] {"requests", "input-tokens", "output-tokens"}) {
            headers.put("anthropic-ratelimit-" + what + "-limit", "50000");
            headers.put("anthropic-ratelimit-" + what + "-remaining", "49000");
            headers.put("anthropic-ratelimit-" + what + "-reset", reset);
        }
        return headers;
    }
}
