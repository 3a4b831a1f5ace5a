package com.aistrale.emulator.huggingface;

import com.aistrale.emulator.answer.Answer;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.openai.ChatShape;
import com.aistrale.emulator.openai.Dialect;
import com.aistrale.emulator.openai.Models;
import com.aistrale.emulator.openai.OpenAi;
import com.aistrale.emulator.openai.Problem;
import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Violation;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hugging Face's router. It passes requests on to many providers, so that unknown fields are not its business; a conversation
 * is held to OpenAI's rules, as the stricter of those providers do.
 */
public final class HuggingFace implements Dialect {
    private static final Models MODELS = new Models(
            List.of(
                    "meta-llama/Llama-3.3-70B-Instruct",
                    "meta-llama/Llama-3.1-8B-Instruct",
                    "openai/gpt-oss-120b",
                    "openai/gpt-oss-20b",
                    "Qwen/Qwen3-235B-A22B-Instruct-2507",
                    "Qwen/Qwen2.5-VL-7B-Instruct",
                    "deepseek-ai/DeepSeek-R1",
                    "moonshotai/Kimi-K2-Instruct"),
            Set.of(),
            model -> model.contains("gpt-oss") || model.contains("DeepSeek-R1"));

    private final OpenAi words = new OpenAi();

    @Override
    public String provider() {
        return "huggingface";
    }

    @Override
    public Models models() {
        return MODELS;
    }

    /** Without the policy or provider that may stand behind the model's name after a colon. */
    @Override
    public String served(String model) {
        int colon = model.indexOf(':');
        return colon < 0 ? model : model.substring(0, colon);
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
        return true;
    }

    @Override
    public Shape.Fields request() {
        return ChatShape.request();
    }

    @Override
    public Parameters parameters(String model) {
        return Parameters.ANY;
    }

    @Override
    public Reply.Whole complaint(Violation violation, JsonNode body, Turn turn) {
        return mine(words.complaint(violation, body, turn), turn);
    }

    @Override
    public Reply.Whole complaint(Problem problem, Turn turn) {
        return mine(words.complaint(problem, turn), turn);
    }

    @Override
    public Reply.Whole missingKey(Turn turn) {
        return plain(401, "Invalid username or password.", turn);
    }

    @Override
    public Reply.Whole wrongKey(String key, Turn turn) {
        return plain(401, "Invalid username or password.", turn);
    }

    @Override
    public Reply.Whole malformedJson(Turn turn) {
        return plain(400, "Invalid JSON in request body", turn);
    }

    @Override
    public Reply.Whole noSuchModel(String model, Turn turn) {
        ObjectNode body = Json.object();
        body.putObject("error")
                .put("message", "The requested model '" + model + "' does not exist")
                .put("type", "invalid_request_error")
                .put("param", "model")
                .put("code", "model_not_found");
        return Reply.Whole.json(400, headers(turn), body);
    }

    @Override
    public Reply.Whole noSuchRoute(Turn turn) {
        return plain(404, "Not Found", turn);
    }

    @Override
    public Reply.Whole error(int status, Turn turn) {
        return switch (status) {
            case 401 -> missingKey(turn);
            case 402 ->
                plain(
                        402,
                        "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get "
                                + "20x more monthly included credits.",
                        turn);
            case 403 ->
                plain(
                        403,
                        "This authentication method does not have sufficient permissions to call Inference Providers",
                        turn);
            case 404 -> plain(404, "Not Found", turn);
            case 413 -> plain(413, "Payload Too Large", turn);
            case 429 ->
                plain(429, "Too Many Requests", turn).with(Map.of("retry-after", String.valueOf(turn.retryAfter())));
            case 503 -> plain(503, "Service Unavailable", turn);
            default -> plain(status, status < 500 ? "Bad Request" : "Internal Server Error", turn);
        };
    }

    @Override
    public Map<String, String> headers(Turn turn) {
        return Map.of(
                "x-request-id", "Root=1-" + turn.world().ids().hex(),
                "x-inference-provider", "emulator",
                "x-robots-tag", "none");
    }

    @Override
    public ObjectNode model(String name, Turn turn) {
        ObjectNode model = Json.object()
                .put("id", name)
                .put("object", "model")
                .put("created", 1_733_447_754)
                .put("owned_by", name.substring(0, name.indexOf('/')));
        model.putArray("providers")
                .addObject()
                .put("provider", "emulator")
                .put("status", "live")
                .put("context_length", 131_072)
                .put("supports_tools", true)
                .put("supports_structured_output", true);
        return model;
    }

    @Override
    public void finishUsage(ObjectNode usage, Answer answer, int cachedTokens) {
        if (cachedTokens > 0) {
            usage.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
        }
    }

    @Override
    public void showThinking(ObjectNode message, String thinking, JsonNode request) {
        String field = Json.text(request, "model").contains("DeepSeek-R1") ? "reasoning_content" : "reasoning";
        message.put(field, thinking);
    }

    @Override
    public void finishCompletion(ObjectNode completion, Turn turn) {
        completion.get("choices").forEach(choice -> ((ObjectNode) choice).remove("logprobs"));
    }

    @Override
    public void finishChunks(List<ObjectNode> chunks, ObjectNode usage, Turn turn) {
        for (ObjectNode chunk : chunks) {
            for (JsonNode choice : chunk.get("choices")) {
                ((ObjectNode) choice).remove("logprobs");
                ObjectNode delta = (ObjectNode) choice.get("delta");
                delta.put("role", "assistant");
                if (!delta.has("content") && !delta.has("tool_calls")) {
                    delta.put("content", "");
                }
            }
        }
    }

    private Reply.Whole plain(int status, String message, Turn turn) {
        return Reply.Whole.json(status, headers(turn), Json.object().put("error", message));
    }

    private Reply.Whole mine(Reply.Whole theirs, Turn turn) {
        return new Reply.Whole(theirs.status(), headers(turn), theirs.contentType(), theirs.body());
    }
}
