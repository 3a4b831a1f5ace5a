package com.aistrale.emulator.json;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reading and writing JSON trees. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /**
     * The document in these bytes.
     *
     * @throws JacksonException if they are not one whole JSON document
     */
    public static JsonNode read(byte[] bytes) {
        return MAPPER.readTree(bytes);
    }

    public static JsonNode read(String text) {
        return MAPPER.readTree(text);
    }

    public static String write(JsonNode node) {
        return MAPPER.writeValueAsString(node);
    }

    public static byte[] bytes(JsonNode node) {
        return write(node).getBytes(StandardCharsets.UTF_8);
    }

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** The string of that field; empty if it is absent, null or no string. */
    public static String text(JsonNode object, String field) {
        JsonNode value = object.path(field);
        return value.isString() ? value.stringValue() : "";
    }

    /** The whole number of that field, or the other one if it is absent, null or no number. */
    public static int number(JsonNode object, String field, int otherwise) {
        JsonNode value = object.path(field);
        return value.isNumber() ? (int) Math.min(Integer.MAX_VALUE, value.longValue()) : otherwise;
    }

    public static boolean flag(JsonNode object, String field) {
        JsonNode value = object.path(field);
        return value.isBoolean() && value.booleanValue();
    }

    /** Whether the field is there and not null. */
    public static boolean has(JsonNode object, String field) {
        JsonNode value = object.path(field);
        return !value.isMissingNode() && !value.isNull();
    }
}
