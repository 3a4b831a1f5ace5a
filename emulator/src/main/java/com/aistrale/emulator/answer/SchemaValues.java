package com.aistrale.emulator.answer;

import com.aistrale.emulator.json.Json;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Builds a value that fits a JSON schema, always the same one: the first of an enum, the least number that is allowed, the
 * echo for a free string, one element in an array. Knows $ref, allOf, anyOf, oneOf, const, enum, bounds and the common
 * formats; {@code pattern} and {@code not} are not looked at. Also reads Gemini's upper-case type names.
 */
final class SchemaValues {
    /** Deeper than this, a schema that contains itself gets only what it requires. */
    private static final int DEEP = 4;

    private final JsonNode root;
    private final String echo;

    private SchemaValues(JsonNode root, String echo) {
        this.root = root;
        this.echo = echo;
    }

    static JsonNode fitting(JsonNode schema, String echo) {
        return new SchemaValues(schema, echo).value(schema, 0);
    }

    /** A tool's arguments, which are an object even where its schema does not say so. */
    static JsonNode arguments(JsonNode schema, String echo) {
        JsonNode value = fitting(schema, echo);
        return value.isObject() ? value : Json.object();
    }

    private JsonNode value(JsonNode schema, int depth) {
        if (schema.has("const")) {
            return schema.get("const");
        }
        if (schema.path("enum").isArray() && !schema.get("enum").isEmpty()) {
            return schema.get("enum").get(0);
        }
        if (schema.path("$ref").isString()) {
            return value(resolve(schema.get("$ref").stringValue()), depth + 1);
        }
        if (schema.path("allOf").isArray()) {
            return value(merged(schema), depth);
        }
        for (String choice : new String[] {"anyOf", "oneOf"}) {
            if (schema.path(choice).isArray()) {
                return value(firstThatIsNotNull(schema.get(choice)), depth + 1);
            }
        }
        return switch (type(schema)) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, depth);
            case "integer", "number" -> number(schema);
            case "boolean" -> JsonNodeFactory.instance.booleanNode(true);
            case "null" -> JsonNodeFactory.instance.nullNode();
            default -> JsonNodeFactory.instance.stringNode(string(schema));
        };
    }

    private static String type(JsonNode schema) {
        JsonNode type = schema.path("type");
        if (type.isArray()) {
            for (JsonNode one : type) {
                if (!one.asString("").equalsIgnoreCase("null")) {
                    return one.asString("").toLowerCase(Locale.ROOT);
                }
            }
        }
        if (type.isString()) {
            return type.stringValue().toLowerCase(Locale.ROOT);
        }
        return schema.has("properties") ? "object" : schema.has("items") ? "array" : "string";
    }

    private ObjectNode object(JsonNode schema, int depth) {
        ObjectNode object = Json.object();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            if (depth < DEEP || requires(schema, property.getKey())) {
                object.set(property.getKey(), value(property.getValue(), depth + 1));
            }
        }
        return object;
    }

    private static boolean requires(JsonNode schema, String property) {
        for (JsonNode required : schema.path("required")) {
            if (required.asString("").equals(property)) {
                return true;
            }
        }
        return false;
    }

    private ArrayNode array(JsonNode schema, int depth) {
        ArrayNode array = Json.array();
        int least = Json.number(schema, "minItems", 0);
        for (int i = 0; i < Math.max(least, depth < DEEP ? 1 : 0); i++) {
            array.add(value(schema.path("items"), depth + 1));
        }
        return array;
    }

    private static JsonNode number(JsonNode schema) {
        boolean whole = type(schema).equals("integer");
        double least = 1;
        if (schema.path("minimum").isNumber()) {
            least = schema.get("minimum").doubleValue();
        } else if (schema.path("exclusiveMinimum").isNumber()) {
            least = schema.get("exclusiveMinimum").doubleValue() + 1;
        } else if (schema.path("maximum").isNumber()) {
            least = Math.min(1, schema.get("maximum").doubleValue());
        }
        return whole
                ? JsonNodeFactory.instance.numberNode((long) Math.ceil(least))
                : JsonNodeFactory.instance.numberNode(least);
    }

    private String string(JsonNode schema) {
        String text = switch (Json.text(schema, "format")) {
            case "date-time" -> "2026-01-02T03:04:05Z";
            case "date" -> "2026-01-02";
            case "time" -> "03:04:05Z";
            case "email" -> "someone@example.com";
            case "uri", "url" -> "https://example.com/";
            case "uuid" -> "00000000-0000-4000-8000-000000000000";
            default -> echo.isEmpty() ? "text" : echo;
        };
        int most = Json.number(schema, "maxLength", 200);
        if (text.codePointCount(0, text.length()) > most) {
            text = text.substring(0, text.offsetByCodePoints(0, most));
        }
        int missing = Json.number(schema, "minLength", 0) - text.codePointCount(0, text.length());
        return missing > 0 ? text + "x".repeat(missing) : text;
    }

    private JsonNode resolve(String reference) {
        return reference.startsWith("#") ? root.at(reference.substring(1)) : Json.object();
    }

    private ObjectNode merged(JsonNode schema) {
        ObjectNode all = Json.object();
        ObjectNode properties = Json.object();
        ArrayNode required = Json.array();
        for (JsonNode part : schema.get("allOf")) {
            JsonNode one =
                    part.path("$ref").isString() ? resolve(part.get("$ref").stringValue()) : part;
            one.properties().forEach(entry -> all.set(entry.getKey(), entry.getValue()));
            one.path("properties").properties().forEach(entry -> properties.set(entry.getKey(), entry.getValue()));
            one.path("required").forEach(required::add);
        }
        schema.properties().forEach(entry -> all.set(entry.getKey(), entry.getValue()));
        schema.path("properties").properties().forEach(entry -> properties.set(entry.getKey(), entry.getValue()));
        schema.path("required").forEach(required::add);
        all.remove("allOf");
        if (!properties.isEmpty()) {
            all.set("properties", properties);
            all.set("required", required);
        }
        return all;
    }

    private JsonNode firstThatIsNotNull(JsonNode choices) {
        for (JsonNode choice : choices) {
            if (!type(choice).equals("null")) {
                return choice;
            }
        }
        return choices.get(0);
    }
}
