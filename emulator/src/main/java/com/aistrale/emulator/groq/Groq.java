package com.aistrale.emulator.groq;

import com.aistrale.emulator.answer.Answer;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.openai.ChatShape;
import com.aistrale.emulator.openai.Dialect;
import com.aistrale.emulator.openai.Models;
import com.aistrale.emulator.openai.Problem;
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

/** Groq: its own words for errors, {@code x_groq}, times in the usage, reasoning in the open. */
public final class Groq implements Dialect {
    private static final Models MODELS = new Models(
            List.of(
                    "llama-3.3-70b-versatile",
                    "llama-3.1-8b-instant",
                    "openai/gpt-oss-120b",
                    "openai/gpt-oss-20b",
                    "qwen/qwen3-32b",
                    "moonshotai/kimi-k2-instruct-0905",
                    "meta-llama/llama-4-scout-17b-16e-instruct"),
            Set.of(),
            Groq::reasons);

    private static final Shape.Fields REQUEST = ChatShape.request()
            .without("store", "verbosity", "n", "service_tier", "audio", "modalities", "moderation", "prediction")
            .without("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier")
            .without("web_search_options", "reasoning_effort")
            .nullable("n", new Shape.Whole(1, 1))
            .nullable("service_tier", Shape.text("auto", "on_demand", "flex", "performance"))
            .nullable("reasoning_effort", Shape.text("none", "default", "low", "medium", "high"))
            .nullable("reasoning_format", Shape.text("hidden", "raw", "parsed"))
            .nullable("include_reasoning", new Shape.Flag())
            .nullable("store", new Shape.Flag())
            .ignored("citation_options", "compound_custom", "disable_tool_validation", "documents", "exclude_domains")
            .ignored("include_domains", "search_settings");

    private static boolean reasons(String model) {
        return model.contains("gpt-oss") || model.contains("qwen3");
    }

    @Override
    public String provider() {
        return "groq";
    }

    @Override
    public Models models() {
        return MODELS;
    }

    @Override
    public String prefix() {
        return "/openai/v1";
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
        return REQUEST;
    }

    @Override
    public Parameters parameters(String model) {
        return reasons(model) ? Parameters.ANY : Parameters.SAMPLING;
    }

    @Override
    public Reply.Whole complaint(Violation violation, JsonNode body, Turn turn) {
        return refuse(400, GroqComplaint.of(violation, body), "invalid_request_error", "", turn);
    }

    @Override
    public Reply.Whole complaint(Problem problem, Turn turn) {
        return refuse(400, GroqComplaint.of(problem), "invalid_request_error", "", turn);
    }

    @Override
    public Reply.Whole missingKey(Turn turn) {
        return wrongKey("", turn);
    }

    @Override
    public Reply.Whole wrongKey(String key, Turn turn) {
        return refuse(401, "Invalid API Key", "invalid_request_error", "invalid_api_key", turn);
    }

    @Override
    public Reply.Whole malformedJson(Turn turn) {
        return refuse(400, "could not parse request body as JSON", "invalid_request_error", "", turn);
    }

    @Override
    public Reply.Whole noSuchModel(String model, Turn turn) {
        String message = "The model `" + model + "` does not exist or you do not have access to it.";
        return refuse(404, message, "invalid_request_error", "model_not_found", turn);
    }

    @Override
    public Reply.Whole noSuchRoute(Turn turn) {
        String message = "Unknown request URL: " + turn.request().method() + " " + turn.route()
                + ". Please check the URL for typos, or see the docs at https://console.groq.com/docs/";
        return refuse(404, message, "invalid_request_error", "unknown_url", turn);
    }

    @Override
    public Reply.Whole error(int status, Turn turn) {
        return switch (status) {
            case 401 -> wrongKey("", turn);
            case 404 -> noSuchModel("that model", turn);
            case 413 -> refuse(413, "Request Entity Too Large", "invalid_request_error", "request_too_large", turn);
            case 429 -> rateLimited(turn);
            case 503 -> refuse(503, "Service Unavailable", "internal_server_error", "", turn);
            default ->
                status < 500
                        ? refuse(status, "The request could not be processed.", "invalid_request_error", "", turn)
                        : refuse(status, "Internal Server Error", "internal_server_error", "", turn);
        };
    }

    private Reply.Whole rateLimited(Turn turn) {
        int seconds = turn.retryAfter();
        String message =
                "Rate limit reached for model `llama-3.3-70b-versatile` in organization `org_emulator` service tier "
                        + "`on_demand` on tokens per minute (TPM): Limit 12000, Used 12000, Requested 100. Please try again in "
                        + seconds
                        + "s. Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing";
        return refuse(429, message, "tokens", "rate_limit_exceeded", turn)
                .with(Map.of(
                        "retry-after",
                        String.valueOf(seconds),
                        "x-ratelimit-remaining-tokens",
                        "0",
                        "x-ratelimit-reset-tokens",
                        seconds + "s"));
    }

    @Override
    public Map<String, String> headers(Turn turn) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("x-request-id", turn.world().ids().next("req_01"));
        headers.put("x-groq-region", "emulator");
        headers.put("x-ratelimit-limit-requests", "1000");
        headers.put("x-ratelimit-limit-tokens", "12000");
        headers.put("x-ratelimit-remaining-requests", "999");
        headers.put("x-ratelimit-remaining-tokens", "11900");
        headers.put("x-ratelimit-reset-requests", "1m26.4s");
        headers.put("x-ratelimit-reset-tokens", "500ms");
        return headers;
    }

    @Override
    public ObjectNode model(String name, Turn turn) {
        ObjectNode model = Json.object()
                .put("id", name)
                .put("object", "model")
                .put("created", 1_733_447_754)
                .put("owned_by", "Emulator")
                .put("active", true)
                .put("context_window", 131_072);
        return model.putNull("public_apps").put("max_completion_tokens", 32_768);
    }

    @Override
    public void finishUsage(ObjectNode usage, Answer answer, int cachedTokens) {
        usage.put("queue_time", 0.001)
                .put("prompt_time", 0.002)
                .put("completion_time", 0.003)
                .put("total_time", 0.005);
        if (cachedTokens > 0) {
            usage.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
        }
        if (answer.reasoningTokens() > 0) {
            usage.putObject("completion_tokens_details").put("reasoning_tokens", answer.reasoningTokens());
        }
    }

    @Override
    public void showThinking(ObjectNode message, String thinking, JsonNode request) {
        boolean hidden = Json.text(request, "reasoning_format").equals("hidden")
                || (request.path("include_reasoning").isBoolean() && !Json.flag(request, "include_reasoning"));
        if (!hidden) {
            message.put("reasoning", thinking);
        }
    }

    @Override
    public void finishCompletion(ObjectNode completion, Turn turn) {
        completion.putNull("usage_breakdown");
        completion.putObject("x_groq").put("id", turn.world().ids().next("req_01"));
        completion.put("service_tier", "on_demand");
    }

    @Override
    public void finishChunks(List<ObjectNode> chunks, ObjectNode usage, Turn turn) {
        String id = turn.world().ids().next("req_01");
        chunks.getFirst().putObject("x_groq").put("id", id);
        ObjectNode last = chunks.getLast().putObject("x_groq").put("id", id);
        if (!turn.withoutUsage()) {
            last.set("usage", usage);
        }
    }

    private Reply.Whole refuse(int status, String message, String type, String code, Turn turn) {
        ObjectNode body = Json.object();
        ObjectNode error = body.putObject("error").put("message", message).put("type", type);
        if (!code.isEmpty()) {
            error.put("code", code);
        }
        return Reply.Whole.json(status, headers(turn), body);
    }
}
