package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads {@code tools}, {@code tool_choice} and {@code response_format} of OpenAI's shape. One thread. */
public final class ToolsReader {
    private static final Set<String> TOOL_FIELDS = Set.of("type", "function", "cache_control");
    private static final Set<String> FUNCTION_FIELDS =
            Set.of("name", "description", "parameters", "strict", "cache_control");
    private static final Set<String> SCHEMA_FIELDS = Set.of("name", "description", "schema", "strict");

    private final Reading reading;
    private final Leftovers leftovers;

    public ToolsReader(Reading reading, Leftovers leftovers) {
        this.reading = reading;
        this.leftovers = leftovers;
    }

    /** The functions among {@code body.tools}. */
    public List<Tool> tools(ObjectNode body) {
        var array = reading.array(body, Pointer.ROOT, "tools");
        if (array == null) {
            return List.of();
        }
        var tools = new ArrayList<Tool>(array.size());
        for (int i = 0; i < array.size(); i++) {
            var tool = tool(array, i, Pointer.ROOT.field("tools").at(i));
            if (tool != null) {
                tools.add(tool);
            }
        }
        return tools;
    }

    private @Nullable Tool tool(ArrayNode array, int index, Pointer at) {
        if (!(array.get(index) instanceof ObjectNode object)) {
            reading.wrongType(array.get(index), at, "an object");
            return null;
        }
        var type = reading.string(object, at, "type");
        if (type != null && !type.equals("function")) {
            leftovers.add(
                    at,
                    object,
                    "must be of type function, not `" + type + "`; a provider's own tools go into provider_options");
            return null;
        }
        var function = reading.object(object, at, "function");
        if (function == null) {
            if (Reading.said(object, "function") == null) {
                reading.mistake(at.field("function"), "is missing");
            }
            return null;
        }
        var inside = at.field("function");
        leftovers.unknownFields(object, at, TOOL_FIELDS);
        leftovers.unknownFields(function, inside, FUNCTION_FIELDS);
        var cacheControl = Reading.said(object, "cache_control");
        return new Tool(
                reading.required(function, inside, "name"),
                reading.string(function, inside, "description"),
                reading.object(function, inside, "parameters"),
                reading.bool(function, inside, "strict"),
                cacheControl == null ? Reading.said(function, "cache_control") : cacheControl);
    }

    /** {@code body.tool_choice}: a word, or an object that names a function. */
    public @Nullable ToolChoice toolChoice(ObjectNode body) {
        var at = Pointer.ROOT.field("tool_choice");
        return switch (Reading.said(body, "tool_choice")) {
            case null -> null;
            case ObjectNode object -> named(object, at);
            case JsonNode word
            when word.isString() ->
                switch (word.stringValue()) {
                    case "auto" -> new ToolChoice.Auto();
                    case "none" -> new ToolChoice.None();
                    case "required" -> new ToolChoice.Required();
                    default -> {
                        var said = word.stringValue();
                        leftovers.add(at, word, "must be auto, none, required or a function, not `" + said + "`");
                        yield null;
                    }
                };
            case JsonNode other -> {
                reading.wrongType(other, at, "a string or an object");
                yield null;
            }
        };
    }

    private @Nullable ToolChoice named(ObjectNode object, Pointer at) {
        var type = reading.string(object, at, "type");
        if (type == null || !type.equals("function")) {
            leftovers.add(at, object, "must be {\"type\": \"function\", \"function\": {\"name\": …}}");
            return null;
        }
        var function = reading.object(object, at, "function");
        if (function == null) {
            if (Reading.said(object, "function") == null) {
                reading.mistake(at.field("function"), "is missing");
            }
            return null;
        }
        return new ToolChoice.Named(reading.required(function, at.field("function"), "name"));
    }

    /** {@code body.response_format}. */
    public @Nullable ResponseFormat responseFormat(ObjectNode body) {
        var object = reading.object(body, Pointer.ROOT, "response_format");
        if (object == null) {
            return null;
        }
        var at = Pointer.ROOT.field("response_format");
        var type = reading.required(object, at, "type");
        return switch (type) {
            case "text" -> new ResponseFormat.Text();
            case "json_object" -> new ResponseFormat.JsonObject();
            case "json_schema" -> jsonSchema(object, at);
            default -> {
                if (Reading.said(object, "type") != null) {
                    leftovers.add(at, object, "must be of type text, json_object or json_schema, not `" + type + "`");
                }
                yield null;
            }
        };
    }

    private @Nullable ResponseFormat jsonSchema(ObjectNode object, Pointer at) {
        var inside = at.field("json_schema");
        var described = reading.object(object, at, "json_schema");
        if (described == null) {
            if (Reading.said(object, "json_schema") == null) {
                reading.mistake(inside, "is missing");
            }
            return null;
        }
        leftovers.unknownFields(described, inside, SCHEMA_FIELDS);
        var schema = reading.object(described, inside, "schema");
        if (schema == null) {
            leftovers.add(inside, described, "needs a `schema`");
            return null;
        }
        return new ResponseFormat.JsonSchema(
                reading.required(described, inside, "name"),
                reading.string(described, inside, "description"),
                schema,
                reading.bool(described, inside, "strict"));
    }
}
