package com.aistrale.emulator.openai;

import com.aistrale.emulator.answer.Answer;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Violation;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI itself. */
public final class OpenAi implements Dialect {
    private static final String INVALID = "invalid_request_error";
    private static final Models MODELS = new Models(
            List.of(
                    "gpt-4o-mini",
                    "gpt-4o",
                    "gpt-4.1",
                    "gpt-4.1-mini",
                    "gpt-4.1-nano",
                    "gpt-4-turbo",
                    "gpt-3.5-turbo",
                    "o1",
                    "o3",
                    "o3-mini",
                    "o4-mini",
                    "gpt-5",
                    "gpt-5-mini",
                    "gpt-5-nano",
                    "gpt-5.1",
                    "gpt-5.2",
                    "gpt-5.4",
                    "gpt-5.4-mini",
                    "gpt-5.5",
                    "gpt-6-sol",
                    "gpt-6-luna",
                    "text-embedding-3-small",
                    "text-embedding-3-large",
                    "text-embedding-ada-002"),
            Set.of("text-embedding-3-small", "text-embedding-3-large", "text-embedding-ada-002"),
            OpenAi::reasons);

    private static boolean reasons(String model) {
        return model.matches("(o1|o3|o4|gpt-5|gpt-6).*") && !model.contains("chat");
    }

    @Override
    public String provider() {
        return "openai";
    }

    @Override
    public Models models() {
        return MODELS;
    }

    @Override
    public String prefix() {
        return "/v1";
    }

    @Override
    public boolean needsKey() {
        return true;
    }

    @Override
    public boolean ignoresUnknown() {
        return false;
    }

    @Override
    public Shape.Fields request() {
        return ChatShape.request();
    }

    @Override
    public Parameters parameters(String model) {
        return reasons(model) ? Parameters.REASONING : Parameters.SAMPLING;
    }

    @Override
    public Reply.Whole complaint(Violation violation, JsonNode body, Turn turn) {
        return refuse(400, INVALID, Complaint.of(violation, body), turn);
    }

    @Override
    public Reply.Whole complaint(Problem problem, Turn turn) {
        return refuse(400, INVALID, Complaint.of(problem), turn);
    }

    @Override
    public Reply.Whole missingKey(Turn turn) {
        String message =
                "You didn't provide an API key. You need to provide your API key in an Authorization header using "
                        + "Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if "
                        + "you're accessing the API from your browser and are prompted for a username and password. You can "
                        + "obtain an API key from https://platform.openai.com/account/api-keys.";
        return refuse(401, INVALID, new Complaint(message, null, null), turn);
    }

    @Override
    public Reply.Whole wrongKey(String key, Turn turn) {
        String masked = key.length() < 12
                ? "*".repeat(key.length())
                : key.substring(0, 7) + "*".repeat(8) + key.substring(key.length() - 4);
        String message = "Incorrect API key provided: " + masked
                + ". You can find your API key at https://platform.openai.com/account/api-keys.";
        return refuse(401, INVALID, new Complaint(message, null, "invalid_api_key"), turn);
    }

    @Override
    public Reply.Whole malformedJson(Turn turn) {
        String message =
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your "
                        + "HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. "
                        + "If you have trouble figuring out how to fix this, please contact us through our help center at "
                        + "help.openai.com.)";
        return refuse(400, INVALID, new Complaint(message, null, null), turn);
    }

    @Override
    public Reply.Whole noSuchModel(String model, Turn turn) {
        String message = "The model `" + model + "` does not exist or you do not have access to it.";
        return refuse(404, INVALID, new Complaint(message, null, "model_not_found"), turn);
    }

    @Override
    public Reply.Whole noSuchRoute(Turn turn) {
        String message = "Invalid URL (" + turn.request().method() + " " + turn.route() + ")";
        return refuse(404, INVALID, new Complaint(message, null, null), turn);
    }

    @Override
    public Reply.Whole error(int status, Turn turn) {
        return switch (status) {
            case 401 -> wrongKey("", turn);
            case 403 ->
                refuse(
                        403,
                        "request_forbidden",
                        new Complaint(
                                "Country, region, or territory not supported",
                                null,
                                "unsupported_country_region_territory"),
                        turn);
            case 404 -> noSuchModel("that model", turn);
            case 413 -> refuse(413, INVALID, new Complaint("Request body is too large.", null, null), turn);
            case 429 -> rateLimited(turn);
            case 503 ->
                refuse(
                        503,
                        "server_error",
                        new Complaint("The engine is currently overloaded, please try again later.", null, null),
                        turn);
            default ->
                status < 500
                        ? refuse(
                                status,
                                INVALID,
                                new Complaint("Your request could not be processed.", null, null),
                                turn)
                        : refuse(status, "server_error", serverError(), turn);
        };
    }

    private static Complaint serverError() {
        return new Complaint(
                "The server had an error processing your request. Sorry about that! You can retry your request, or contact "
                        + "us through our help center at help.openai.com if you keep seeing this error.",
                null,
                null);
    }

    private Reply.Whole rateLimited(Turn turn) {
        int seconds = turn.retryAfter();
        String message =
                "Rate limit reached for requests in organization org-emulator on requests per min (RPM): Limit 500, "
                        + "Used 500, Requested 1. Please try again in " + seconds
                        + "s. Visit https://platform.openai.com/account/rate-limits to learn more.";
        return refuse(429, "requests", new Complaint(message, null, "rate_limit_exceeded"), turn)
                .with(Map.of(
                        "retry-after",
                        String.valueOf(seconds),
                        "retry-after-ms",
                        String.valueOf(1000L * seconds),
                        "x-ratelimit-remaining-requests",
                        "0",
                        "x-ratelimit-reset-requests",
                        seconds + "s"));
    }

    @Override
    public Map<String, String> headers(Turn turn) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("x-request-id", "req_" + turn.world().ids().hex());
        headers.put("openai-organization", "org-emulator");
        headers.put("openai-processing-ms", "1");
        headers.put("openai-version", "2020-10-01");
        headers.put("x-ratelimit-limit-requests", "500");
        headers.put("x-ratelimit-limit-tokens", "200000");
        headers.put("x-ratelimit-remaining-requests", "499");
        headers.put("x-ratelimit-remaining-tokens", "199000");
        headers.put("x-ratelimit-reset-requests", "120ms");
        headers.put("x-ratelimit-reset-tokens", "300ms");
        return headers;
    }

    @Override
    public ObjectNode model(String name, Turn turn) {
        return Json.object()
                .put("id", name)
                .put("object", "model")
                .put("created", 1_700_000_000)
                .put("owned_by", "openai");
    }

    @Override
    public void finishUsage(ObjectNode usage, Answer answer, int cachedTokens) {
        usage.putObject("prompt_tokens_details")
                .put("cached_tokens", cachedTokens)
                .put("audio_tokens", 0);
        usage.putObject("completion_tokens_details")
                .put("reasoning_tokens", answer.reasoningTokens())
                .put("audio_tokens", 0)
                .put("accepted_prediction_tokens", 0)
                .put("rejected_prediction_tokens", 0);
    }

    @Override
    public void showThinking(ObjectNode message, String thinking, JsonNode request) {
        // OpenAI's chat completions count the reasoning and never show it.
    }

    @Override
    public void finishCompletion(ObjectNode completion, Turn turn) {
        completion.put("service_tier", "default");
        for (JsonNode choice : completion.get("choices")) {
            ObjectNode message = (ObjectNode) choice.get("message");
            message.putNull("refusal");
            message.putArray("annotations");
        }
    }

    @Override
    public void finishChunks(List<ObjectNode> chunks, ObjectNode usage, Turn turn) {
        for (ObjectNode chunk : chunks) {
            chunk.put("service_tier", "default");
        }
        ((ObjectNode) chunks.getFirst().get("choices").get(0).get("delta")).putNull("refusal");
    }

    private Reply.Whole refuse(int status, String type, Complaint complaint, Turn turn) {
        return Reply.Whole.json(status, headers(turn), complaint.body(type));
    }
}
