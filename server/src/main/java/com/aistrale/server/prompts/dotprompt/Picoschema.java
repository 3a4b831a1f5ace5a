package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Dotprompt's short notation of a JSON Schema, turned into one. JSON Schema itself is taken as it is. */
final class Picoschema {
    private static final Set<String> SCALARS = Set.of("any", "boolean", "integer", "null", "number", "string");
    private static final String WILDCARD = "(*)";

    private final Mistakes mistakes;

    Picoschema(Mistakes mistakes) {
        this.mistakes = mistakes;
    }

    /** Whether a mapping is read as JSON Schema and not as Picoschema. */
    static boolean isJsonSchema(ObjectNode schema) {
        var type = schema.path("type");
        return (type.isString()
                        && (SCALARS.contains(type.stringValue())
                                || type.stringValue().equals("object")
                                || type.stringValue().equals("array")))
                || schema.path("properties").isObject();
    }

    /** The JSON Schema; mistakes are noted. */
    ObjectNode schema(JsonNode schema, Pointer at) {
        if (schema instanceof ObjectNode object && isJsonSchema(object)) {
            var copy = object.deepCopy();
            return copy.path("type").isString() ? copy : copy.put("type", "object");
        }
        return pico(schema, at);
    }

    private ObjectNode pico(JsonNode pico, Pointer at) {
        if (pico.isString()) {
            return scalar(pico.stringValue(), at);
        }
        if (!(pico instanceof ObjectNode fields)) {
            mistakes.add(at, "must be a type, or fields with types");
            return Json.object();
        }
        var schema = Json.object().put("type", "object");
        var properties = schema.putObject("properties");
        var required = Json.array();
        JsonNode others = JsonNodeFactory.instance.booleanNode(false);
        for (var field : fields.properties()) {
            var here = at.field(field.getKey());
            if (field.getKey().equals(WILDCARD)) {
                others = pico(field.getValue(), here);
                continue;
            }
            int open = field.getKey().indexOf('(');
            var name = open < 0 ? field.getKey() : field.getKey().substring(0, open);
            boolean optional = name.endsWith("?");
            if (optional) {
                name = name.substring(0, name.length() - 1);
            } else {
                required.add(name);
            }
            var property = open < 0
                    ? pico(field.getValue(), here)
                    : typed(field.getKey().substring(open + 1), field.getValue(), here);
            if (optional && property.path("type").isString()) {
                var type = property.get("type");
                property.putArray("type").add(type).add("null");
            }
            properties.set(name, property);
        }
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        schema.set("additionalProperties", others);
        return schema;
    }

    /** {@code name(array, what it is): …}; {@code rest} begins behind the parenthesis. */
    private ObjectNode typed(String rest, JsonNode value, Pointer at) {
        var inside = rest.endsWith(")") ? rest.substring(0, rest.length() - 1) : rest;
        int comma = inside.indexOf(',');
        var kind = comma < 0 ? inside : inside.substring(0, comma);
        var schema = switch (kind) {
            case "array" -> {
                var array = Json.object().put("type", "array");
                array.set("items", pico(value, at));
                yield array;
            }
            case "object" -> pico(value, at);
            case "enum" -> {
                if (!value.isArray()) {
                    mistakes.add(at, "must be an array of the values");
                }
                var choice = Json.object();
                choice.set("enum", value);
                yield choice;
            }
            default -> {
                mistakes.add(at, "`" + kind + "` is none of array, object, enum");
                yield Json.object();
            }
        };
        return comma < 0
                ? schema
                : schema.put("description", inside.substring(comma + 1).stripLeading());
    }

    private ObjectNode scalar(String text, Pointer at) {
        int comma = text.indexOf(',');
        var type = comma < 0 ? text : text.substring(0, comma);
        if (!SCALARS.contains(type)) {
            mistakes.add(
                    at,
                    "`" + type + "` is no type; named schemas are not taken, only any, boolean, integer, null, number,"
                            + " string");
        }
        var schema = Json.object();
        if (!type.equals("any")) {
            schema.put("type", type);
        }
        return comma < 0
                ? schema
                : schema.put("description", text.substring(comma + 1).stripLeading());
    }
}
