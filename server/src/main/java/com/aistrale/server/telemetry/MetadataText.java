package com.aistrale.server.telemetry;

import com.aistrale.server.kit.json.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * How a table keeps metadata: JSON with a line's end before each entry and behind the last one. Within a JSON string a
 * line's end is escaped, so {@code \n"key":"value"} stands in the text if and only if the metadata has that entry; and
 * SQL finds it without a function for JSON, which each database calls differently.
 */
public final class MetadataText {
    private MetadataText() {}

    static String of(Map<String, String> metadata) {
        return metadata.isEmpty()
                ? "{}"
                : metadata.entrySet().stream()
                        .map(entry -> entry(entry.getKey(), entry.getValue()))
                        .collect(Collectors.joining(",", "{", "\n}"));
    }

    /** The entry as it stands in the text. */
    static String entry(String key, String value) {
        return "\n" + quoted(key) + ":" + quoted(value);
    }

    private static String quoted(String text) {
        return Json.text(JsonNodeFactory.instance.stringNode(text));
    }

    public static Map<String, String> read(String text) {
        if (text.equals("{}")) {
            return Map.of();
        }
        var all = new HashMap<String, String>();
        Json.parse(text)
                .properties()
                .forEach(entry -> all.put(entry.getKey(), entry.getValue().stringValue()));
        return all;
    }
}
