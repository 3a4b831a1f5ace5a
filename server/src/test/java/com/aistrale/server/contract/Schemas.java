package com.aistrale.server.contract;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The contract's schemas as answers are held to them, which is more strictly than clients should: an answer has no value
 * but the listed ones where the contract lists them, and no field that the contract does not know. Thread-safe.
 */
final class Schemas {
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaRegistryConfig(
                    SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

    /** What explains and does not constrain. */
    private static final List<String> WORDS = List.of("description", "example", "examples", "title", "default");

    private final ObjectNode components;
    private final Map<JsonNode, Schema> known = new ConcurrentHashMap<>();

    Schemas(ObjectNode document) {
        components = document.objectNode();
        var schemas = components.putObject("schemas");
        for (var schema : document.path("components").path("schemas").properties()) {
            schemas.set(schema.getKey(), strict(schema.getValue(), true));
        }
    }

    /** What is wrong with {@code value}; empty when nothing is. */
    List<String> mistakes(JsonNode schema, JsonNode value) {
        return words(known.computeIfAbsent(schema, this::compile).validate(value));
    }

    /** A mistake makes that all else counts as unevaluated too, which then says nothing. */
    private static List<String> words(List<Error> errors) {
        var real = errors.stream()
                .filter(error -> !error.getKeyword().equals("unevaluatedProperties"))
                .toList();
        return (real.isEmpty() ? errors : real)
                .stream()
                        .map(error -> error.getInstanceLocation() + " " + error.getMessage())
                        .distinct()
                        .toList();
    }

    private Schema compile(JsonNode schema) {
        var whole = strict(schema, false);
        if (whole instanceof ObjectNode object) {
            object.set("components", components);
        }
        return REGISTRY.getSchema(whole);
    }

    /** A schema of its own, such as an event's. */
    static List<String> mistakesAlone(JsonNode schema, JsonNode value) {
        return words(REGISTRY.getSchema(strict(schema, false)).validate(value));
    }

    /** @param part whether it is one of several that describe the same value: then only the whole knows all fields */
    private static JsonNode strict(JsonNode schema, boolean part) {
        if (!(schema instanceof ObjectNode given)) {
            return schema;
        }
        var object = given.deepCopy();
        object.remove(WORDS);
        var words = object.remove("x-extensible-enum");
        if (words != null) {
            object.set("enum", words);
        }
        for (var keyword : List.of("properties", "patternProperties", "$defs")) {
            if (object.get(keyword) instanceof ObjectNode fields) {
                fields.propertyNames().stream()
                        .toList()
                        .forEach(field -> fields.set(field, strict(fields.get(field), false)));
            }
        }
        for (var keyword : List.of("items", "additionalProperties", "propertyNames")) {
            if (object.get(keyword) instanceof ObjectNode one) {
                object.set(keyword, strict(one, false));
            }
        }
        for (var keyword : List.of("allOf", "oneOf", "anyOf")) {
            if (object.get(keyword) instanceof ArrayNode all) {
                for (int i = 0; i < all.size(); i++) {
                    all.set(i, strict(all.get(i), true));
                }
            }
        }
        boolean fieldsAreNamed = object.has("$ref") || object.has("properties") || object.has("allOf");
        if (!part && fieldsAreNamed && !object.has("additionalProperties")) {
            object.put("unevaluatedProperties", false);
        }
        return object;
    }
}
