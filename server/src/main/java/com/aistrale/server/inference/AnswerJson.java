package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.RecordJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Answers and deltas of the native surface. */
final class AnswerJson {
    private AnswerJson() {}

    static ObjectNode of(Answer answer) {
        InferenceRecord record = answer.record();
        var parts = answer.completion().parts();
        var message = MessageWriter.answer(parts);
        var json = Json.object();
        json.put("id", record.id());
        json.put("text", text(parts));
        json.set("message", message);
        json.set("tool_calls", message.has("tool_calls") ? message.get("tool_calls") : Json.array());
        json.put("provider", record.provider());
        json.put("model", record.model());
        RecordJson.putResult(json, record.result());
        json.set("prompt", RecordJson.prompt(record.origin()));
        json.put("session_id", record.origin().sessionId());
        json.put("created_at", Json.time(record.createdAt()));
        return json;
    }

    private static String text(Iterable<Part> parts) {
        var all = new StringBuilder();
        for (var part : parts) {
            if (part instanceof Part.Text text) {
                all.append(text.text());
            }
        }
        return all.toString();
    }

    /** Null for a delta that only the final message shows: signatures and encrypted thoughts. */
    static @Nullable ObjectNode of(Delta delta) {
        return switch (delta) {
            case Delta.Text text -> Json.object().put("text", text.text());
            case Delta.Thinking thinking -> Json.object().put("thinking", thinking.text());
            case Delta.ThinkingSignature signature -> null;
            case Delta.RedactedThinking redacted -> null;
            case Delta.ToolCall call -> {
                var json = Json.object();
                var piece = json.putObject("tool_call").put("index", call.index());
                if (call.id() != null) {
                    piece.put("id", call.id());
                }
                if (call.name() != null) {
                    piece.put("name", call.name());
                }
                piece.put("arguments", call.arguments());
                yield json;
            }
        };
    }
}
