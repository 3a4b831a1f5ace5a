package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Leftovers;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.MessageWriter;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads content blocks. Those without a form here are left over, for providers of the same format. One thread. */
final class BlocksReader {
    /** Citations only ever come out. */
    private static final Set<String> TEXT = Set.of("type", "text", "cache_control", "citations");

    private static final Set<String> IMAGE = Set.of("type", "source", "cache_control");
    private static final Set<String> THINKING = Set.of("type", "thinking", "signature");
    private static final Set<String> REDACTED = Set.of("type", "data");
    private static final Set<String> TOOL_USE =
            Set.of("type", "id", "name", "input", "cache_control", "caller", MessageWriter.EXTRA_CONTENT);
    private static final Set<String> TOOL_RESULT =
            Set.of("type", "tool_use_id", "content", "is_error", "cache_control");

    private final Reading reading;
    private final Leftovers leftovers;
    private final SourcesReader sources;
    private final Set<String> referred = new HashSet<>();

    BlocksReader(Reading reading, Leftovers leftovers) {
        this.reading = reading;
        this.leftovers = leftovers;
        this.sources = new SourcesReader(reading, leftovers);
    }

    void read(ObjectNode block, Pointer at, Role role, List<Part> into) {
        var type = reading.required(block, at, "type");
        var part = switch (type) {
            case "text" -> {
                leftovers.unknownFields(block, at, TEXT);
                yield new Part.Text(reading.required(block, at, "text"), Reading.said(block, "cache_control"));
            }
            case "image" -> {
                leftovers.unknownFields(block, at, IMAGE);
                yield role == Role.USER ? sources.image(block, at) : null;
            }
            case "document" -> role == Role.USER ? sources.document(block, at) : null;
            case "thinking" -> role == Role.ASSISTANT ? thinking(block, at) : null;
            case "redacted_thinking" -> {
                leftovers.unknownFields(block, at, REDACTED);
                yield role == Role.ASSISTANT ? new Part.RedactedThinking(reading.required(block, at, "data")) : null;
            }
            case "tool_use" -> role == Role.ASSISTANT ? toolUse(block, at) : null;
            case "tool_result" -> role == Role.USER ? toolResult(block, at) : null;
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

    /** That a tool failed is said in words, where it is not said already: no other format has a field for it. */
    private Part toolResult(ObjectNode block, Pointer at) {
        leftovers.unknownFields(block, at, TOOL_RESULT);
        var text = resultText(block, at);
        boolean failed = Boolean.TRUE.equals(reading.bool(block, at, "is_error"));
        if (failed && !text.toLowerCase(Locale.ROOT).contains("error")) {
            text = text.isEmpty() ? "Error" : "Error: " + text;
        }
        return new Part.ToolResult(
                reading.required(block, at, "tool_use_id"), text, Reading.said(block, "cache_control"));
    }

    private String resultText(ObjectNode block, Pointer at) {
        var content = Reading.said(block, "content");
        var here = at.field("content");
        if (content == null) {
            return "";
        }
        if (content.isString()) {
            return content.stringValue();
        }
        if (!(content instanceof ArrayNode array)) {
            reading.wrongType(content, here, "a string or an array of blocks");
            return "";
        }
        var text = new StringBuilder();
        for (int i = 0; i < array.size(); i++) {
            var piece = textOf(array, i, here.at(i));
            if (piece != null) {
                text.append(text.isEmpty() ? "" : "\n").append(piece);
            }
        }
        return text.toString();
    }

    /** The tools that answers of tools referred to so far. */
    Set<String> referred() {
        return referred;
    }

    private @Nullable String textOf(ArrayNode array, int index, Pointer at) {
        if (!(array.get(index) instanceof ObjectNode object)) {
            reading.wrongType(array.get(index), at, "an object with a `type`");
            return null;
        }
        var type = reading.required(object, at, "type");
        if (type.equals("text")) {
            leftovers.unknownFields(object, at, TEXT);
            return reading.required(object, at, "text");
        }
        if (type.equals("tool_reference")) {
            var name = reading.required(object, at, "tool_name");
            referred.add(name);
            return "The tool " + name + " can be called now.";
        }
        leftovers.add(at, object, "a tool's answer can be text only");
        return null;
    }
}
