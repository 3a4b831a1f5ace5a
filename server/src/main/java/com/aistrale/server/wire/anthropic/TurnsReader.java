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
 * rest of the turn: so it stands behind the calls, where every format wants it. What the results have beside text is the
 * first of that rest. One thread.
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
        var parts = parts(system, Pointer.ROOT.field("system"), Role.SYSTEM, new ArrayList<>(0));
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
        var last = array.path(array.size() - 1).path("role");
        if (last.stringValue("").equals("assistant")) {
            leftovers.keep(
                    at.at(array.size() - 1),
                    last,
                    "leave out the last turn: it is the assistant's, and only Anthropic's models go on with one");
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
        var rest = new ArrayList<Part>();
        var parts = parts(content, at.field("content"), role, rest);
        var results = parts.stream().filter(Part.ToolResult.class::isInstance).toList();
        if (!results.isEmpty()) {
            into.add(behindCalls(into), new Message(Role.TOOL, results, null));
        }
        parts.stream().filter(part -> !(part instanceof Part.ToolResult)).forEach(rest::add);
        if (!rest.stream().allMatch(TurnsReader::isThought)) {
            into.add(new Message(role, rest, null));
        }
    }

    /** Where results stand: before all that the user said since the calls, as several turns of one role are one. */
    private static int behindCalls(List<Message> said) {
        int at = said.size();
        while (at > 0 && isSaidByNoModel(said.get(at - 1).role())) {
            at--;
        }
        return at == 0 ? said.size() : at;
    }

    private static boolean isSaidByNoModel(Role role) {
        return role == Role.USER || role == Role.SYSTEM;
    }

    /** A turn of these alone says nothing to others, who refuse it. */
    private static boolean isThought(Part part) {
        return part instanceof Part.Thinking || part instanceof Part.RedactedThinking;
    }

    private List<Part> parts(JsonNode content, Pointer at, Role role, List<Part> follows) {
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
                blocks.read(block, at.at(i), role, parts, follows);
            } else {
                reading.wrongType(array.get(i), at.at(i), "an object with a `type`");
            }
        }
        return parts;
    }
}
