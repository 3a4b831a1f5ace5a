package com.aistrale.emulator.conformance;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON in which every number keeps all of its digits. */
final class Exact {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Exact() {}

    /**
     * The document in these bytes.
     *
     * @throws JacksonException if they are not one whole JSON document
     */
    static JsonNode read(byte[] bytes) {
        return MAPPER.readTree(bytes);
    }

    /** The document in these bytes, if they are one. */
    static Optional<JsonNode> tried(byte[] bytes) {
        try {
            JsonNode node = bytes.length == 0 ? null : MAPPER.readTree(bytes);
            return Optional.ofNullable(node);
        } catch (JacksonException notJson) {
            return Optional.empty();
        }
    }

    static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Holds an object to the fields that are known.
     *
     * @throws IllegalArgumentException if it is none, or has another field
     */
    static JsonNode only(JsonNode node, String what, Set<String> known) {
        if (!node.isObject()) {
            throw new IllegalArgumentException(what + " is an object, not " + node);
        }
        Set<String> unknown = new TreeSet<>(node.propertyNames());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(what + " has no " + unknown + "; there are " + new TreeSet<>(known));
        }
        return node;
    }
}
