package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.json.Json;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What a schema for structured output has to keep: every object is closed. */
final class SchemaRules {
    private SchemaRules() {}

    static Optional<String> broken(JsonNode schema) {
        if (Json.text(schema, "type").equals("object")
                && (!schema.path("additionalProperties").isBoolean() || Json.flag(schema, "additionalProperties"))) {
            return Optional.of(
                    "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set "
                            + "to false");
        }
        for (JsonNode child : schema) {
            Optional<String> inside = child.isContainer() ? broken(child) : Optional.empty();
            if (inside.isPresent()) {
                return inside;
            }
        }
        return Optional.empty();
    }
}
