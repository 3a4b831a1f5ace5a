package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.prompts.Variable;
import com.aistrale.server.prompts.VersionReader;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads {@code input} into variables: its schema where that says no more than a type, and its defaults. */
final class InputReader {
    private static final List<String> SCHEMA_FIELDS = List.of("type", "properties", "required", "additionalProperties");

    private final Mistakes mistakes;

    InputReader(Mistakes mistakes) {
        this.mistakes = mistakes;
    }

    /** Puts {@code variables} into the body of a version. */
    void read(ObjectNode fields, ObjectNode body) {
        var input = DotpromptReader.object(fields, "input", mistakes);
        if (input == null) {
            return;
        }
        var at = Pointer.ROOT.field("input");
        DotpromptReader.unknown(input, at, List.of("schema", "default"), mistakes);
        var variables = new LinkedHashMap<String, ObjectNode>();
        var schema = input.get("schema");
        if (schema != null && !schema.isNull()) {
            schema(schema, at.field("schema"), variables);
        }
        var defaults = input.get("default");
        if (defaults instanceof ObjectNode values && !isTooMany(values, at.field("default"))) {
            for (var value : values.properties()) {
                usual(value.getKey(), value.getValue(), at.field("default").field(value.getKey()), variables);
            }
        } else if (defaults != null && !defaults.isNull() && !defaults.isObject()) {
            mistakes.add(at.field("default"), "must be fields with values");
        }
        var all = body.putArray("variables");
        variables.values().forEach(all::add);
    }

    private void usual(String name, JsonNode value, Pointer at, Map<String, ObjectNode> variables) {
        var type = type(value);
        if (type == null) {
            mistakes.add(at, "is null, which is no default");
            return;
        }
        var variable = variables.computeIfAbsent(
                name, given -> Json.object().put("name", given).put("type", type.wireName()));
        variable.remove("required");
        variable.set("default", value);
    }

    private static Variable.@Nullable Type type(JsonNode value) {
        for (var type : List.of(
                Variable.Type.STRING,
                Variable.Type.INTEGER,
                Variable.Type.NUMBER,
                Variable.Type.BOOLEAN,
                Variable.Type.ARRAY,
                Variable.Type.OBJECT)) {
            if (type.takes(value)) {
                return type;
            }
        }
        return null;
    }

    private void schema(JsonNode given, Pointer at, Map<String, ObjectNode> variables) {
        var schema = new Picoschema(mistakes).schema(given, at);
        if (!schema.path("type").isString() || !schema.get("type").stringValue().equals("object")) {
            mistakes.add(at, "must have a field for each variable");
            return;
        }
        DotpromptReader.unknown(schema, at, SCHEMA_FIELDS, mistakes);
        var others = schema.get("additionalProperties");
        if (others != null && !others.isBoolean()) {
            mistakes.add(at, "variables are called by their names; `(*)` is not taken");
        }
        var required = required(schema, at.field("required"));
        if (schema.get("properties") instanceof ObjectNode properties && !isTooMany(properties, at)) {
            boolean pico = !(given instanceof ObjectNode object && Picoschema.isJsonSchema(object));
            for (var property : properties.properties()) {
                var here = pico ? at : at.field("properties").field(property.getKey());
                var variable = variable(property.getKey(), property.getValue(), here);
                if (variable != null) {
                    if (!variable.has("default")) {
                        variable.put("required", required.contains(property.getKey()));
                    }
                    variables.put(property.getKey(), variable);
                }
            }
        }
    }

    private boolean isTooMany(ObjectNode variables, Pointer at) {
        boolean tooMany = variables.size() > VersionReader.MOST_VARIABLES;
        if (tooMany) {
            mistakes.add(at, "has " + variables.size() + " variables; the most is " + VersionReader.MOST_VARIABLES);
        }
        return tooMany;
    }

    private Set<String> required(ObjectNode schema, Pointer at) {
        var required = new HashSet<String>();
        var names = schema.get("required");
        if (names instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i).isString()) {
                    required.add(array.get(i).stringValue());
                } else {
                    mistakes.add(at.at(i), "must be the name of a variable");
                }
            }
        } else if (names != null) {
            mistakes.add(at, "must be an array of variables' names");
        }
        return required;
    }

    private @Nullable ObjectNode variable(String name, JsonNode given, Pointer at) {
        if (!(given instanceof ObjectNode schema)) {
            mistakes.add(at, "`" + name + "` must have a schema, such as {type: string}");
            return null;
        }
        var type = typeOf(schema.path("type"));
        if (type == null) {
            mistakes.add(at, "`" + name + "` must be of one type: string, number, integer, boolean, array or object");
            return null;
        }
        for (var field : schema.properties()) {
            if (!isTaken(field.getKey(), field.getValue(), type)) {
                mistakes.add(
                        at,
                        "`" + name + "`: the schema's `" + field.getKey() + "` is not taken, as values are looked at by"
                                + " type only; write " + loose(type));
            }
        }
        var variable = Json.object().put("name", name).put("type", type.wireName());
        variable.set("description", schema.get("description"));
        if (schema.get("default") != null) {
            variable.set("default", schema.get("default"));
        }
        return variable;
    }

    private static String loose(Variable.Type type) {
        return switch (type) {
            case ARRAY -> "NAME(array): any";
            case OBJECT -> "NAME(object): {(*): any}";
            case STRING, NUMBER, INTEGER, BOOLEAN -> "NAME: " + type.wireName();
        };
    }

    /** Whether it says no more than the type does. */
    private static boolean isTaken(String field, JsonNode value, Variable.Type type) {
        boolean anything = (value.isObject() && value.isEmpty()) || (value.isBoolean() && value.booleanValue());
        return switch (field) {
            case "type", "default" -> true;
            case "description" -> value.isString();
            case "items" -> type == Variable.Type.ARRAY && anything;
            case "properties" -> type == Variable.Type.OBJECT && value.isEmpty();
            case "additionalProperties" -> type == Variable.Type.OBJECT && anything;
            default -> false;
        };
    }

    /** A type, or a type or null: that it may be left out is said by {@code required}. */
    private static Variable.@Nullable Type typeOf(JsonNode type) {
        var one = type;
        if (type instanceof ArrayNode both
                && both.size() == 2
                && both.get(1).isString()
                && both.get(1).stringValue().equals("null")) {
            one = both.get(0);
        }
        return one.isString() ? Variable.Type.of(one.stringValue()) : null;
    }
}
