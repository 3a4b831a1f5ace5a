package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.json.Json;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Walks a conversation and sees that every call has its one result at the very beginning of the next user turn, and every
 * result its call. Neighbouring messages of one role are one turn.
 */
final class ToolUse {
    /** Calls of the last assistant turn that have no result yet. */
    private final Set<String> open = new LinkedHashSet<>();

    /** All calls of the last assistant turn. */
    private final Set<String> asked = new LinkedHashSet<>();

    private int askedIn = -1;

    private ToolUse() {}

    /** The service's message for the first mistake. */
    static Optional<String> broken(JsonNode body) {
        ToolUse walk = new ToolUse();
        JsonNode messages = body.get("messages");
        String before = "";
        for (int i = 0; i < messages.size(); i++) {
            String role = Json.text(messages.get(i), "role");
            Optional<String> bad = walk.message(i, messages.get(i), role.equals(before));
            if (bad.isPresent()) {
                return bad;
            }
            boolean turnEnds = i + 1 == messages.size()
                    || !Json.text(messages.get(i + 1), "role").equals(role);
            if (role.equals("user") && turnEnds && !walk.open.isEmpty()) {
                return Optional.of(walk.unanswered());
            }
            before = role;
        }
        return walk.open.isEmpty() ? Optional.empty() : Optional.of(walk.unanswered());
    }

    private Optional<String> message(int number, JsonNode message, boolean goesOn) {
        return switch (Json.text(message, "role")) {
            case "user" -> results(number, message.get("content"), goesOn);
            case "assistant" -> calls(number, message.get("content"), goesOn);
            default -> Optional.empty();
        };
    }

    private Optional<String> results(int number, JsonNode content, boolean goesOn) {
        if (!goesOn && !open.isEmpty() && !Json.text(content.path(0), "type").equals("tool_result")) {
            return Optional.of(unanswered());
        }
        for (int j = 0; j < content.size(); j++) {
            if (!Json.text(content.get(j), "type").equals("tool_result")) {
                continue;
            }
            String id = Json.text(content.get(j), "tool_use_id");
            String at = "messages." + number + ".content." + j;
            if (!asked.contains(id)) {
                return Optional.of(
                        at + ": unexpected `tool_use_id` found in `tool_result` blocks: " + id
                                + ". Each `tool_result` block must have a corresponding `tool_use` block in the previous message.");
            }
            if (!open.remove(id)) {
                return Optional.of(
                        at + ": each tool_use must have a single result. Found multiple `tool_result` blocks with "
                                + "id: " + id);
            }
        }
        return Optional.empty();
    }

    private Optional<String> calls(int number, JsonNode content, boolean goesOn) {
        if (!goesOn) {
            asked.clear();
        }
        for (int j = 0; j < content.size(); j++) {
            if (Json.text(content.get(j), "type").equals("tool_use")) {
                String id = Json.text(content.get(j), "id");
                askedIn = number;
                open.add(id);
                if (!asked.add(id)) {
                    return Optional.of("messages." + number + ".content." + j + ": `tool_use` ids must be unique");
                }
            }
        }
        return Optional.empty();
    }

    private String unanswered() {
        return "messages." + askedIn + ": `tool_use` ids were found without `tool_result` blocks immediately after: "
                + String.join(", ", open)
                + ". Each `tool_use` block must have a corresponding `tool_result` block in the next message.";
    }
}
