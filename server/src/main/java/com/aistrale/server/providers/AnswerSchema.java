package com.aistrale.server.providers;

import com.aistrale.server.inference.ResponseFormat;
import com.aistrale.server.kit.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The schema of an answer, for formats that take a schema and nothing beside it. */
public final class AnswerSchema {
    private AnswerSchema() {}

    /** The schema with the format's description in it, unless it has one of its own. The format's schema stays as it is. */
    public static JsonNode of(ResponseFormat.JsonSchema format) {
        return format.description() == null
                        || !(format.schema() instanceof ObjectNode schema)
                        || schema.has("description")
                ? format.schema()
                : Json.object().put("description", format.description()).setAll(schema);
    }
}
