package com.aistrale.emulator.gemini;

import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.wire.Refusal;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Gemini's errors: a google.rpc.Status in JSON. */
final class Errors {
    private static final String RPC = "type.googleapis.com/google.rpc.";
    private static final String DOCUMENTS = "https://ai.google.dev/gemini-api/docs/rate-limits";

    private Errors() {}

    /** A 400 with that message. */
    static Refusal invalid(String message, Turn turn) {
        return new Refusal(error(400, message, Json.array(), turn));
    }

    static Reply.Whole missingKey(Turn turn) {
        return error(
                403,
                "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other "
                        + "form of API consumer identity to call this API.",
                Json.array(),
                turn);
    }

    static Reply.Whole wrongKey(Turn turn) {
        String message = "API key not valid. Please pass a valid API key.";
        ArrayNode details = Json.array();
        details.addObject()
                .put("@type", RPC + "ErrorInfo")
                .put("reason", "API_KEY_INVALID")
                .put("domain", "googleapis.com")
                .putObject("metadata")
                .put("service", "generativelanguage.googleapis.com");
        details.addObject()
                .put("@type", RPC + "LocalizedMessage")
                .put("locale", "en-US")
                .put("message", message);
        return error(400, message, details, turn);
    }

    static Reply.Whole noSuchModel(String model, String method, Turn turn) {
        String message =
                "models/" + model + " is not found for API version " + version(turn) + ", or is not supported for "
                        + method + ". Call ListModels to see the list of available models and their supported methods.";
        return error(404, message, Json.array(), turn);
    }

    private static String version(Turn turn) {
        return turn.route().startsWith("/v1/") ? "v1" : "v1beta";
    }

    /** The service's error of that status. */
    static Reply.Whole of(int status, Turn turn) {
        return switch (status) {
            case 401 ->
                error(
                        401,
                        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
                                + "valid authentication credential.",
                        Json.array(),
                        turn);
            case 403 -> error(403, "The caller does not have permission", Json.array(), turn);
            case 404 -> noSuchModel("that-model", "generateContent", turn);
            case 429 -> exhausted(turn);
            case 500 ->
                error(
                        500,
                        "An internal error has occurred. Please retry or report in "
                                + "https://developers.generativeai.google/guide/troubleshooting",
                        Json.array(),
                        turn);
            case 503 -> error(503, "The model is overloaded. Please try again later.", Json.array(), turn);
            case 504 -> error(504, "Deadline expired before operation could complete.", Json.array(), turn);
            default -> error(status, "The request could not be processed.", Json.array(), turn);
        };
    }

    private static Reply.Whole exhausted(Turn turn) {
        int seconds = turn.retryAfter();
        ArrayNode details = Json.array();
        details.addObject()
                .put("@type", RPC + "QuotaFailure")
                .putArray("violations")
                .addObject()
                .put("quotaMetric", "generativelanguage.googleapis.com/generate_content_free_tier_requests")
                .put("quotaId", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
        details.addObject()
                .put("@type", RPC + "Help")
                .putArray("links")
                .addObject()
                .put("description", "Learn more about Gemini API quotas")
                .put("url", DOCUMENTS);
        details.addObject().put("@type", RPC + "RetryInfo").put("retryDelay", seconds + "s");
        String message =
                "You exceeded your current quota, please check your plan and billing details. For more information on "
                        + "this error, head to: " + DOCUMENTS + ".\nPlease retry in " + seconds + "s.";
        Reply.Whole error = error(429, message, details, turn);
        return turn.fault(Fault.RetryAfter.class).isPresent()
                ? error.with(Map.of("retry-after", String.valueOf(seconds)))
                : error;
    }

    static Reply.Whole error(int status, String message, ArrayNode details, Turn turn) {
        ObjectNode body = Json.object();
        ObjectNode error = body.putObject("error")
                .put("code", status)
                .put("message", message)
                .put("status", name(status));
        if (!details.isEmpty()) {
            error.set("details", details);
        }
        boolean list = turn.route().endsWith(":streamGenerateContent")
                && !"sse".equals(turn.request().query().get("alt"));
        JsonNode whole = list ? Json.array().add(body) : body;
        return Reply.Whole.json(status, headers(), whole);
    }

    /** The headers of every answer. Gemini sends no request id. */
    static Map<String, String> headers() {
        return Map.of(
                "server",
                "scaffolding on HTTPServer2",
                "server-timing",
                "gfet4t7; dur=1",
                "vary",
                "Origin, X-Origin, Referer");
    }

    private static String name(int status) {
        return switch (status) {
            case 400, 413, 422 -> "INVALID_ARGUMENT";
            case 401 -> "UNAUTHENTICATED";
            case 403 -> "PERMISSION_DENIED";
            case 404 -> "NOT_FOUND";
            case 409 -> "ABORTED";
            case 429 -> "RESOURCE_EXHAUSTED";
            case 499 -> "CANCELLED";
            case 500 -> "INTERNAL";
            case 503 -> "UNAVAILABLE";
            case 504 -> "DEADLINE_EXCEEDED";
            default -> "UNKNOWN";
        };
    }
}
