package com.aistrale.server.providers.anthropic;

import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Refusals;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation as turns of user and assistant: neighbours of one role are one turn, tool results are the user's.
 *
 * <p>System messages before the first turn are the {@code system} field. A later one stands in its place on models that
 * allow it, which is between a user's turn and the assistant's next; elsewhere it joins the others in {@code system}, so
 * that it is heard, and only its place is lost.
 */
final class AnthropicMessages {
    private final boolean systemTurns;
    private final AnthropicBlocks blocks;
    private final ArrayNode turns = Json.array();
    private final ArrayNode system = Json.array();
    private ArrayNode waiting = Json.array();
    private ArrayNode content = Json.array();
    private String role = "";

    private AnthropicMessages(boolean systemTurns, Refusals refusals) {
        this.systemTurns = systemTurns;
        this.blocks = new AnthropicBlocks(refusals);
    }

    /** Writes {@code system} and {@code messages}. */
    static void encode(List<Message> messages, boolean systemTurns, ObjectNode body, Refusals refusals) {
        var encoding = new AnthropicMessages(systemTurns, refusals);
        for (int i = 0; i < messages.size(); i++) {
            encoding.message(messages.get(i), "/messages/" + i);
        }
        encoding.placeSystem();
        if (!encoding.system.isEmpty()) {
            body.set("system", shortest(encoding.system));
        }
        body.set("messages", encoding.turns);
    }

    private void message(Message message, String pointer) {
        blocks.name(message, pointer);
        switch (message.role()) {
            case SYSTEM -> parts(message, pointer, waiting);
            case USER, TOOL -> turn("user", message, pointer);
            case ASSISTANT -> {
                placeSystem();
                turn("assistant", message, pointer);
            }
        }
    }

    private void turn(String whose, Message message, String pointer) {
        if (turns.isEmpty()) {
            placeSystem();
        }
        boolean goesOn = role.equals(whose);
        var into = goesOn ? content : Json.array();
        parts(message, pointer, into);
        if (!goesOn && !into.isEmpty()) {
            turns.addObject().put("role", whose).set("content", into);
            role = whose;
            content = into;
        }
    }

    private void parts(Message message, String pointer, ArrayNode into) {
        var parts = message.parts();
        int calls = 0;
        int contents = 0;
        for (var part : parts) {
            switch (part) {
                case Part.Text text -> {
                    // An empty text says nothing, and is refused beside other blocks.
                    if (!text.text().isEmpty() || parts.size() == 1) {
                        blocks.text(into, text);
                    }
                    contents++;
                }
                case Part.ToolCall call ->
                    blocks.toolCall(into, call, pointer + "/tool_calls/" + calls++ + "/function/arguments");
                case Part.Thinking thinking -> blocks.thinking(into, thinking);
                case Part.RedactedThinking redacted -> blocks.redacted(into, redacted);
                case Part.ToolResult result -> blocks.toolResult(into, result);
                case Part.Image image -> blocks.image(into, image, message.role(), pointer + "/content/" + contents++);
                case Part.Other other -> blocks.other(into, other, message.role(), pointer + "/content/" + contents++);
            }
        }
    }

    private void placeSystem() {
        if (waiting.isEmpty()) {
            return;
        }
        if (systemTurns && role.equals("user")) {
            turns.addObject().put("role", "system").set("content", shortest(waiting));
            role = "system";
        } else {
            system.addAll(waiting);
        }
        waiting = Json.array();
    }

    /** One plain text as a string, everything else as the blocks it is. */
    private static JsonNode shortest(ArrayNode blocks) {
        return blocks.size() == 1 && blocks.get(0).size() == 2 ? blocks.get(0).get("text") : blocks;
    }
}
