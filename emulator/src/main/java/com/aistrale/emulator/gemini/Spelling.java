package com.aistrale.emulator.gemini;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.shape.Path;
import com.aistrale.emulator.shape.Shape;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Field names: requests may write them in camel case or with underscores, and the service's messages use underscores. */
final class Spelling {
    private Spelling() {}

    /** The same document with the known fields in camel case. */
    static JsonNode camel(JsonNode node, Shape shape) {
        return switch (shape) {
            case Shape.Fields fields when node.isObject() -> object(node, fields);
            case Shape.Items(var each, int least)
            when node.isArray() -> {
                ArrayNode array = Json.array();
                node.forEach(element -> array.add(camel(element, each)));
                yield array;
            }
            case Shape.MapOf(var each)
            when node.isObject() -> {
                ObjectNode object = Json.object();
                node.properties().forEach(entry -> object.set(entry.getKey(), camel(entry.getValue(), each)));
                yield object;
            }
            case Shape.Deferred(var inner) -> camel(node, inner.get());
            default -> node;
        };
    }

    private static ObjectNode object(JsonNode node, Shape.Fields fields) {
        ObjectNode object = Json.object();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            String name = fields.fields().containsKey(entry.getKey()) ? entry.getKey() : camel(entry.getKey());
            Shape.Field field = fields.fields().get(name);
            if (field == null) {
                object.set(entry.getKey(), entry.getValue());
            } else {
                object.set(name, camel(entry.getValue(), field.shape()));
            }
        }
        return object;
    }

    private static String camel(String snake) {
        StringBuilder name = new StringBuilder();
        for (String word : snake.split("_", -1)) {
            name.append(
                    name.isEmpty() || word.isEmpty()
                            ? word
                            : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return name.toString();
    }

    /** As {@code generation_config.top_p} or {@code contents[0].parts[1].inline_data}. */
    static String snake(Path path) {
        return path.bracketed().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
