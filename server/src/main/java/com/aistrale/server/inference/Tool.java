package com.aistrale.server.inference;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A function the model may call.
 *
 * @param parameters JSON Schema of the arguments, or null for none
 * @param strict whether the arguments must fit the schema exactly; null leaves it to the provider
 */
public record Tool(
        String name,
        @Nullable String description,
        @Nullable JsonNode parameters,
        @Nullable Boolean strict,
        @Nullable JsonNode cacheControl) {}
