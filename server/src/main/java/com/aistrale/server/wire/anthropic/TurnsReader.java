package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Leftovers;
import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads {@code system} and {@code messages}. What a user's turn brings of tool results is a message of its own before the
 * rest of the turn: so it stands behind the calls, where every format wants it. One thread.
 */
final class TurnsReader {
    private static final Set<String> FIELDS = Set.of("role", "content");

    private final Reading reading;
    private final Leftovers leftovers;
    private final BlocksReader blocks;

    TurnsReader(Reading reading, Leftovers leftovers) {
        this.reading = reading;
        this.leftovers = leftovers;
        this.blocks = new BlocksReader(reading, leftovers);
    }

    /** {@code body.system}: text, or blocks of it. */
    void system(ObjectNode body, List<Message> into) {
        var system = Reading.said(body, "system");
        if (system == null || (system.isString() && system.stringValue().isEmpty())) {
            return;
        }
        var parts = parts(system, Pointer.ROOT.field("system"), Role.SYSTEM);
        if (!parts.isEmpty()) {
            into.add(new Message(Role.SYSTEM, parts, null));
        }
    }

    /** See {@link BlocksReader#referred}. */
    Set<String> referred() {
        return blocks.referred();
    }

    void read(ArrayNode array, Pointer at, List<Message> into) {
        if (array.isEmpty()) {
            reading.mistake(at, "is empty; at least one message is needed");
        }
        for (int i = 0; i < array.size(); i++) {
            if (array.get(i) instanceof ObjectNode object) {
                turn(object, at.at(i), into);
            } else {
                reading.wrongType(array.get(i), at.at(i), "an object");
            }
        }
    }

    private void turn(ObjectNode object, Pointer at, List<Message> into) {
        var said = reading.required(object, at, "role");
        var role = switch (said) {
            case "user" -> Role.USER;
            case "assistant" -> Role.ASSISTANT;
            case "system" -> Role.SYSTEM;
            default -> null;
        };
        if (role == null) {
            if (!said.isEmpty()) {
                leftovers.add(at, object, "must be user or assistant, not `" + said + "`");
            }
            return;
        }
        leftovers.unknownFields(object, at, FIELDS);
        var content = Reading.said(object, "content");
        if (content == null) {
            reading.mistake(at.field("content"), "is missing");
            return;
        }
        var parts = parts(content, at.field("content"), role);
        var results = parts.stream().filter(Part.ToolResult.class::isInstance).toList();
        if (!results.isEmpty()) {
            into.add(new Message(Role.TOOL, results, null));
        }
        var rest = parts.stream()
                .filter(part -> !(part instanceof Part.ToolResult))
                .toList();
        if (!rest.isEmpty()) {
            into.add(new Message(role, rest, null));
        }
    }

    private List<Part> parts(JsonNode content, Pointer at, Role role) {
        if (content.isString()) {
            return List.of(new Part.Text(content.stringValue(), null));
        }
        if (!(content instanceof ArrayNode array)) {
            reading.wrongType(content, at, "a string or an array of blocks");
            return List.of();
        }
        var parts = new ArrayList<Part>(array.size());
        for (int i = 0; i < array.size(); i++) {
            if (array.get(i) instanceof ObjectNode block) {
                blocks.read(block, at.at(i), role, parts);
            } else {
                reading.wrongType(array.get(i), at.at(i), "an object with a `type`");
            }
        }
        return parts;
    }
}
