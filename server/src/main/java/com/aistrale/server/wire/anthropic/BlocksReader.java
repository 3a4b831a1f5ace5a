package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Leftovers;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.MessageWriter;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** Reads content blocks. Those without a form here are left over, for providers of the same format. One thread. */
final class BlocksReader {
    /** Citations only ever come out. */
    static final Set<String> TEXT = Set.of("type", "text", "cache_control", "citations");

    private static final Set<String> THINKING = Set.of("type", "thinking", "signature");
    private static final Set<String> REDACTED = Set.of("type", "data");
    private static final Set<String> TOOL_USE =
            Set.of("type", "id", "name", "input", "cache_control", "caller", MessageWriter.EXTRA_CONTENT);

    private final Reading reading;
    private final Leftovers leftovers;
    private final SourcesReader sources;
    private final ToolResultReader results;

    BlocksReader(Reading reading, Leftovers leftovers) {
        this.reading = reading;
        this.leftovers = leftovers;
        this.sources = new SourcesReader(reading, leftovers);
        this.results = new ToolResultReader(reading, leftovers, sources);
    }

    /** @param follows gets what answers of tools have beside text */
    void read(ObjectNode block, Pointer at, Role role, List<Part> into, List<Part> follows) {
        var type = reading.required(block, at, "type");
        var part = switch (type) {
            case "text" -> {
                leftovers.unknownFields(block, at, TEXT);
                yield new Part.Text(reading.required(block, at, "text"), Reading.said(block, "cache_control"));
            }
            case "image" -> role == Role.USER ? sources.image(block, at) : null;
            case "document" -> role == Role.USER ? sources.document(block, at) : null;
            case "thinking" -> role == Role.ASSISTANT ? thinking(block, at) : null;
            case "redacted_thinking" -> {
                leftovers.unknownFields(block, at, REDACTED);
                yield role == Role.ASSISTANT ? new Part.RedactedThinking(reading.required(block, at, "data")) : null;
            }
            case "tool_use" -> role == Role.ASSISTANT ? toolUse(block, at) : null;
            case "tool_result" -> role == Role.USER ? results.read(block, at, follows) : null;
            default -> null;
        };
        if (part != null) {
            into.add(part);
        } else if (!type.isEmpty()) {
            leftovers.add(at, block, "has no place here");
        }
    }

    /** One without a signature was never Anthropic's. */
    private Part thinking(ObjectNode block, Pointer at) {
        leftovers.unknownFields(block, at, THINKING);
        var signature = reading.string(block, at, "signature");
        return new Part.Thinking(
                reading.required(block, at, "thinking"), signature == null || signature.isEmpty() ? null : signature);
    }

    private Part toolUse(ObjectNode block, Pointer at) {
        leftovers.unknownFields(block, at, TOOL_USE);
        var caller = block.path("caller");
        if (!caller.isMissingNode()
                && !caller.isNull()
                && !caller.path("type").stringValue("").equals("direct")) {
            leftovers.add(at.field("caller"), caller, "has no place here");
        }
        var input = Reading.said(block, "input");
        return new Part.ToolCall(
                reading.required(block, at, "id"),
                reading.required(block, at, "name"),
                input == null ? "{}" : Json.text(input),
                MessageWriter.signature(block));
    }

    /** The tools that answers of tools referred to so far. */
    Set<String> referred() {
        return results.referred();
    }
}
