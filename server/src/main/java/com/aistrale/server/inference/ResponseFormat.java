package com.aistrale.server.inference;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The form the answer's text must have. */
public sealed interface ResponseFormat {
    record Text() implements ResponseFormat {}

    record JsonObject() implements ResponseFormat {}

    /** @param schema a JSON Schema object */
    record JsonSchema(
            String name,
            @Nullable String description,
            JsonNode schema,
            @Nullable Boolean strict) implements ResponseFormat {}
}
