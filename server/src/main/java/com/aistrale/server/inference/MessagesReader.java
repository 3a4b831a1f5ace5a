package com.aistrale.server.inference;

import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads {@code messages} of OpenAI's shape. One thread. */
public final class MessagesReader {
    private static final Set<String> FIELDS = Set.of("role", "content", "name", "cache_control");
    private static final Set<String> TOOL_FIELDS = Set.of("role", "content", "name", "cache_control", "tool_call_id");

    private final Reading reading;
    private final Leftovers leftovers;
    private final PartsReader parts;
    private final AssistantReader assistant;

    public MessagesReader(Reading reading, Leftovers leftovers) {
        this.reading = reading;
        this.leftovers = leftovers;
        this.parts = new PartsReader(reading, leftovers);
        this.assistant = new AssistantReader(reading, leftovers, parts);
    }

    /** The messages; mistakes go to the {@link Reading}. */
    public List<Message> read(ArrayNode array, Pointer at) {
        if (array.isEmpty()) {
            reading.mistake(at, "is empty; at least one message is needed");
        }
        var messages = new ArrayList<Message>(array.size() + 1);
        for (int i = 0; i < array.size(); i++) {
            var here = at.at(i);
            if (array.get(i) instanceof ObjectNode object) {
                var message = message(object, here);
                if (message != null) {
                    messages.add(message);
                }
            } else {
                reading.wrongType(array.get(i), here, "an object");
            }
        }
        return messages;
    }

    private @Nullable Message message(ObjectNode object, Pointer at) {
        var role = reading.string(object, at, "role");
        if (role == null) {
            if (Reading.said(object, "role") == null) {
                reading.mistake(at.field("role"), "is missing");
            }
            return null;
        }
        return switch (role) {
            case "system", "developer" -> said(Role.SYSTEM, object, at);
            case "user" -> said(Role.USER, object, at);
            case "assistant" -> new Message(Role.ASSISTANT, assistant.parts(object, at), name(object, at));
            case "tool" -> toolAnswer(object, at);
            default -> {
                leftovers.add(
                        leftovers.strict() ? at.field("role") : at,
                        object,
                        "must be system, developer, user, assistant or tool, not `" + role + "`");
                yield null;
            }
        };
    }

    private Message said(Role role, ObjectNode object, Pointer at) {
        leftovers.unknownFields(object, at, FIELDS);
        return new Message(role, content(object, at), name(object, at));
    }

    private Message toolAnswer(ObjectNode object, Pointer at) {
        leftovers.unknownFields(object, at, TOOL_FIELDS);
        var callId = reading.required(object, at, "tool_call_id");
        var text = new StringBuilder();
        var cacheControl = Reading.said(object, "cache_control");
        int index = 0;
        for (var part : content(object, at)) {
            if (part instanceof Part.Text piece) {
                text.append(piece.text());
                cacheControl = piece.cacheControl() == null ? cacheControl : piece.cacheControl();
            } else {
                var here = at.field("content").at(index);
                leftovers.add(here, object.get("content").get(index), "a tool's answer can be text only");
            }
            index++;
        }
        var result = new Part.ToolResult(callId, text.toString(), cacheControl);
        return new Message(Role.TOOL, List.of(result), name(object, at));
    }

    private List<Part> content(ObjectNode object, Pointer at) {
        var content = Reading.said(object, "content");
        if (content == null) {
            reading.mistake(at.field("content"), "is missing");
            return List.of();
        }
        return parts.read(content, at.field("content"), Reading.said(object, "cache_control"));
    }

    private @Nullable String name(ObjectNode object, Pointer at) {
        return reading.string(object, at, "name");
    }
}
