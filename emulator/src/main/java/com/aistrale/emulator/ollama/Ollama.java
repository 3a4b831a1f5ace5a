package com.aistrale.emulator.ollama;

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

/** Ollama's OpenAI endpoints. It takes no key, passes over unknown fields, and does not hold a conversation to any order. */
public final class Ollama implements Dialect {
    static final Models MODELS =
            new Models(List.of("llama3.2:latest", "qwen3:8b"), Set.of(), model -> model.startsWith("qwen3"));

    private final OpenAi words = new OpenAi();

    @Override
    public String provider() {
        return "ollama";
    }

    @Override
    public Models models() {
        return MODELS;
    }

    /** A name without a tag means the tag {@code latest}. */
    @Override
    public String served(String model) {
        return model.contains(":") ? model : model + ":latest";
    }

    @Override
    public String prefix() {
        return "/v1";
    }

    @Override
    public boolean needsKey() {
        return false;
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
        return Parameters.NO_RULES;
    }

    @Override
    public Reply.Whole complaint(Violation violation, JsonNode body, Turn turn) {
        return mine(words.complaint(violation, body, turn));
    }

    @Override
    public Reply.Whole complaint(Problem problem, Turn turn) {
        return mine(words.complaint(problem, turn));
    }

    @Override
    public Reply.Whole missingKey(Turn turn) {
        throw new IllegalStateException("Ollama takes no key");
    }

    @Override
    public Reply.Whole wrongKey(String key, Turn turn) {
        throw new IllegalStateException("Ollama takes no key");
    }

    @Override
    public Reply.Whole malformedJson(Turn turn) {
        return refuse(400, "invalid character in JSON body", "invalid_request_error");
    }

    @Override
    public Reply.Whole noSuchModel(String model, Turn turn) {
        return refuse(404, "model '" + model + "' not found", "not_found_error");
    }

    @Override
    public Reply.Whole noSuchRoute(Turn turn) {
        return new Reply.Whole(404, Map.of(), "text/plain", "404 page not found");
    }

    @Override
    public Reply.Whole error(int status, Turn turn) {
        Reply.Whole error =
                refuse(status, "the server answered " + status, status < 500 ? "invalid_request_error" : "api_error");
        return status == 429 ? error.with(Map.of("retry-after", String.valueOf(turn.retryAfter()))) : error;
    }

    @Override
    public Map<String, String> headers(Turn turn) {
        return Map.of();
    }

    @Override
    public ObjectNode model(String name, Turn turn) {
        return Json.object()
                .put("id", name)
                .put("object", "model")
                .put("created", 1_733_447_754)
                .put("owned_by", "library");
    }

    @Override
    public void finishUsage(ObjectNode usage, Answer answer, int cachedTokens) {
        // Ollama counts prompt and completion and nothing more.
    }

    @Override
    public void showThinking(ObjectNode message, String thinking, JsonNode request) {
        message.put("reasoning", thinking);
    }

    @Override
    public void finishCompletion(ObjectNode completion, Turn turn) {
        completion.put("system_fingerprint", "fp_ollama");
    }

    @Override
    public void finishChunks(List<ObjectNode> chunks, ObjectNode usage, Turn turn) {
        chunks.forEach(chunk -> chunk.put("system_fingerprint", "fp_ollama"));
    }

    private static Reply.Whole refuse(int status, String message, String type) {
        ObjectNode body = Json.object();
        body.putObject("error")
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .putNull("code");
        return Reply.Whole.json(status, Map.of(), body);
    }

    private static Reply.Whole mine(Reply.Whole theirs) {
        return new Reply.Whole(theirs.status(), Map.of(), theirs.contentType(), theirs.body());
    }
}
