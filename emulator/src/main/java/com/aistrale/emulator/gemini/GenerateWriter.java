package com.aistrale.emulator.gemini;

import com.aistrale.emulator.answer.Answer;
import com.aistrale.emulator.answer.Answer.Call;
import com.aistrale.emulator.answer.Answer.Finish;
import com.aistrale.emulator.answer.Tokens;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes an answer as a GenerateContentResponse, whole or in chunks. Empty fields are left out, as the service does. */
final class GenerateWriter {
    private final Turn turn;
    private final String model;
    private final Answer answer;
    private final GenerateReader request;
    private final int promptTokens;
    private final int cachedTokens;
    private final String id;

    GenerateWriter(Turn turn, String model, Answer answer, GenerateReader request, int promptTokens, int cachedTokens) {
        this.turn = turn;
        this.model = model;
        this.answer = answer;
        this.request = request;
        this.promptTokens = promptTokens;
        this.cachedTokens = cachedTokens;
        this.id = turn.world().ids().next("");
    }

    Reply.Whole whole() {
        if (answer.finish() == Finish.CONTENT_FILTER) {
            return Reply.Whole.json(200, Errors.headers(), blocked());
        }
        ArrayNode parts = Json.array();
        if (request.showsThoughts() && !answer.thinking().isEmpty()) {
            parts.addObject().put("text", answer.thinking()).put("thought", true);
        }
        if (!answer.text().isEmpty()) {
            parts.addObject().put("text", answer.text());
        }
        calls().forEach(parts::add);
        ObjectNode response = response(parts, true, answer.outputTokens() - answer.reasoningTokens());
        ArrayNode candidates = (ArrayNode) response.get("candidates");
        for (int i = 1; i < request.candidates(); i++) {
            candidates.add(((ObjectNode) candidates.get(0)).deepCopy().put("index", i));
        }
        return Reply.Whole.json(200, Errors.headers(), response);
    }

    Reply stream(boolean events) {
        List<ObjectNode> chunks = chunks();
        if (events) {
            Reply.Event broken = new Reply.Event(null, Errors.of(503, turn).body());
            return new Reply.Stream(
                    Errors.headers(), chunks.stream().map(Reply.Event::of).toList(), broken);
        }
        return Reply.Whole.json(200, Errors.headers(), Json.array().addAll(chunks));
    }

    private List<ObjectNode> chunks() {
        if (answer.finish() == Finish.CONTENT_FILTER) {
            return List.of(blocked());
        }
        List<ObjectNode> parts = new ArrayList<>();
        if (request.showsThoughts()) {
            for (String piece : Tokens.pieces(answer.thinking())) {
                parts.add(Json.object().put("text", piece).put("thought", true));
            }
        }
        for (String piece : Tokens.pieces(answer.text())) {
            parts.add(Json.object().put("text", piece));
        }
        parts.addAll(calls());
        List<ObjectNode> chunks = new ArrayList<>();
        String said = "";
        for (int i = 0; i < parts.size(); i++) {
            if (!parts.get(i).has("thought")) {
                said += Json.text(parts.get(i), "text");
            }
            boolean last = i + 1 == parts.size();
            int tokens = last ? answer.outputTokens() - answer.reasoningTokens() : Tokens.count(said);
            chunks.add(response(Json.array().add(parts.get(i)), last, tokens));
        }
        if (chunks.isEmpty()) {
            chunks.add(response(Json.array(), true, 0));
        }
        return chunks;
    }

    private List<ObjectNode> calls() {
        List<ObjectNode> calls = new ArrayList<>();
        for (Call call : answer.calls()) {
            ObjectNode part = Json.object();
            part.putObject("functionCall").put("name", call.name()).set("args", call.arguments());
            if (calls.isEmpty() && GeminiModels.thinks(model) && answer.reasoningTokens() > 0) {
                part.put("thoughtSignature", ThoughtSignatures.sign(call.name()));
            }
            calls.add(part);
        }
        return calls;
    }

    private ObjectNode response(ArrayNode parts, boolean last, int candidateTokens) {
        ObjectNode response = Json.object();
        ObjectNode candidate = response.putArray("candidates").addObject();
        ObjectNode content = candidate.putObject("content");
        if (!parts.isEmpty()) {
            content.set("parts", parts);
        }
        content.put("role", "model");
        if (last) {
            candidate.put("finishReason", answer.finish() == Finish.LENGTH ? "MAX_TOKENS" : "STOP");
        }
        candidate.put("index", 0);
        finish(response, candidateTokens);
        return response;
    }

    private ObjectNode blocked() {
        ObjectNode response = Json.object();
        response.putObject("promptFeedback").put("blockReason", "SAFETY");
        finish(response, 0);
        return response;
    }

    private void finish(ObjectNode response, int candidateTokens) {
        if (!turn.withoutUsage()) {
            ObjectNode usage = response.putObject("usageMetadata").put("promptTokenCount", promptTokens);
            if (candidateTokens > 0) {
                usage.put("candidatesTokenCount", candidateTokens);
            }
            usage.put("totalTokenCount", promptTokens + candidateTokens + answer.reasoningTokens());
            if (cachedTokens > 0) {
                usage.put("cachedContentTokenCount", cachedTokens);
            }
            usage.putArray("promptTokensDetails")
                    .addObject()
                    .put("modality", "TEXT")
                    .put("tokenCount", promptTokens);
            if (answer.reasoningTokens() > 0) {
                usage.put("thoughtsTokenCount", answer.reasoningTokens());
            }
        }
        response.put("modelVersion", model).put("responseId", id);
    }
}
