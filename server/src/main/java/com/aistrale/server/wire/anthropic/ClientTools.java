package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Leftovers;
import com.aistrale.server.inference.Tool;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads {@code tools} and {@code tool_choice}. Tools that Anthropic runs, or defines, are left over. One whose loading is
 * deferred is none until a tool's answer refers to it: that is what deferring means. One thread.
 */
final class ClientTools {
    private static final Set<String> FIELDS = Set.of(
            "type",
            "name",
            "description",
            "input_schema",
            "strict",
            "cache_control",
            "eager_input_streaming", // how its input is cut into pieces
            "defer_loading",
            "allowed_callers");
    private static final Set<String> CHOICE = Set.of("type", "name", "disable_parallel_tool_use");
    private static final Pointer TOOLS = Pointer.ROOT.field("tools");
    private static final Pointer CHOOSING = Pointer.ROOT.field("tool_choice");

    private final Reading reading;
    private final Leftovers leftovers;

    ClientTools(Reading reading, Leftovers leftovers) {
        this.reading = reading;
        this.leftovers = leftovers;
    }

    /** The functions that the client itself runs. @param referred those that a tool's answer named */
    List<Tool> tools(ObjectNode body, Set<String> referred) {
        var array = reading.array(body, Pointer.ROOT, "tools");
        var tools = new ArrayList<Tool>();
        for (int i = 0; array != null && i < array.size(); i++) {
            var tool = tool(array, i, TOOLS.at(i), referred);
            if (tool != null) {
                tools.add(tool);
            }
        }
        return tools;
    }

    private @Nullable Tool tool(ArrayNode array, int index, Pointer at, Set<String> referred) {
        if (!(array.get(index) instanceof ObjectNode tool)) {
            reading.wrongType(array.get(index), at, "an object");
            return null;
        }
        var type = reading.string(tool, at, "type");
        if (type != null && !type.equals("custom")) {
            leftovers.add(at, tool, "is a tool of Anthropic's");
            return null;
        }
        leftovers.unknownFields(tool, at, FIELDS);
        var callers = reading.array(tool, at, "allowed_callers");
        if (callers != null
                && callers.valueStream()
                        .noneMatch(caller -> caller.stringValue("").equals("direct"))) {
            leftovers.add(at.field("allowed_callers"), callers, "has no place here");
        }
        if (Reading.said(tool, "input_schema") == null) {
            reading.mistake(at.field("input_schema"), "is missing");
        }
        var name = reading.required(tool, at, "name");
        if (Boolean.TRUE.equals(reading.bool(tool, at, "defer_loading")) && !referred.contains(name)) {
            return null;
        }
        return new Tool(
                name,
                reading.string(tool, at, "description"),
                reading.object(tool, at, "input_schema"),
                reading.bool(tool, at, "strict"),
                Reading.said(tool, "cache_control"));
    }

    @Nullable
    ToolChoice choice(ObjectNode body) {
        var object = reading.object(body, Pointer.ROOT, "tool_choice");
        if (object == null) {
            return null;
        }
        leftovers.unknownFields(object, CHOOSING, CHOICE);
        var type = reading.required(object, CHOOSING, "type");
        return switch (type) {
            case "auto" -> new ToolChoice.Auto();
            case "any" -> new ToolChoice.Required();
            case "tool" -> new ToolChoice.Named(reading.required(object, CHOOSING, "name"));
            case "none" -> new ToolChoice.None();
            default -> {
                if (!type.isEmpty()) {
                    leftovers.add(CHOOSING, object, "must be of type auto, any, tool or none, not `" + type + "`");
                }
                yield null;
            }
        };
    }

    /** False where the model is to call one tool at a time; else null. */
    @Nullable
    Boolean parallel(ObjectNode body) {
        if (!(body.get("tool_choice") instanceof ObjectNode object)) {
            return null;
        }
        boolean alone = Boolean.TRUE.equals(reading.bool(object, CHOOSING, "disable_parallel_tool_use"));
        return alone ? Boolean.FALSE : null;
    }
}
