package com.aistrale.server.telemetry;

import com.aistrale.server.kit.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What was said in an inference, as kept for workspaces that ask for it.
 *
 * @param messages JSON: an array in OpenAI's shape
 * @param message JSON: the answer's message, as far as it came; null when nothing came
 */
public record Content(String messages, @Nullable String message) {

    /** Bounded: what is too long is cut, and says so; the answer and the latest messages are cut last. */
    public static Content of(ArrayNode messages, @Nullable ObjectNode message) {
        var cut = new ContentCut();
        var answer = message == null ? null : Json.text(cut.cut(message));
        return new Content(Json.text(cut.newestFirst(messages)), answer);
    }

    /** {@code content} of a record. */
    public JsonNode json() {
        var json = Json.object();
        json.set("messages", Json.parse(messages));
        json.set("message", message == null ? null : Json.parse(message));
        return json;
    }
}
