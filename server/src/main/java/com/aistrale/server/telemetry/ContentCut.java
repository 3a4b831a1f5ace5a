package com.aistrale.server.telemetry;

import com.aistrale.server.kit.json.Json;
import java.util.ArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Cuts content to a size that a table bears: a string to {@value #LONGEST} characters, data URLs (images) to their media
 * type, and all together to {@value #MOST}. What was cut ends in {@code …[cut: 183500 characters]}, which counts the
 * whole. One thread, one content.
 */
public final class ContentCut {
    static final int LONGEST = 65_536;
    static final int MOST = 1_048_576;

    /** Data URLs up to this are kept: icons. */
    static final int DATA_URL = 1024;

    /** What a value counts besides its characters, so that many empty ones are bounded too. */
    private static final int VALUE = 4;

    private int left = MOST;

    /** The messages, of which the last have the first right to the room that is left. */
    ArrayNode newestFirst(ArrayNode messages) {
        var kept = new ArrayList<JsonNode>(messages.size());
        for (int i = messages.size() - 1; i >= 0; i--) {
            kept.addFirst(cut(messages.get(i)));
        }
        return Json.array().addAll(kept);
    }

    /** A value that is no longer than it may be. */
    public JsonNode cut(JsonNode value) {
        left -= VALUE;
        return switch (value) {
            case ObjectNode object
            when left > 0 -> {
                var kept = Json.object();
                for (var entry : object.properties()) {
                    left -= entry.getKey().length();
                    if (left <= 0) {
                        kept.put("cut", "…[cut: the rest]");
                        break;
                    }
                    kept.set(entry.getKey(), cut(entry.getValue()));
                }
                yield kept;
            }
            case ArrayNode array
            when left > 0 -> {
                var kept = Json.array();
                for (var element : array) {
                    if (left <= 0) {
                        kept.add("…[cut: the rest]");
                        break;
                    }
                    kept.add(cut(element));
                }
                yield kept;
            }
            case JsonNode container when container.isContainer() -> text("…[cut: the rest]");
            case JsonNode string when string.isString() -> text(cut(string.stringValue()));
            case JsonNode other -> other;
        };
    }

    private String cut(String text) {
        if (text.length() > DATA_URL && text.startsWith("data:")) {
            int comma = text.indexOf(',');
            return marked(text, comma < 0 || comma >= DATA_URL ? 5 : comma + 1);
        }
        int room = Math.clamp(left, 0, LONGEST);
        left -= text.length();
        return text.length() <= room ? text : marked(text, room);
    }

    private static String marked(String text, int length) {
        boolean splits = length > 0 && Character.isHighSurrogate(text.charAt(length - 1));
        return text.substring(0, splits ? length - 1 : length) + "…[cut: " + text.length() + " characters]";
    }

    private static JsonNode text(String text) {
        return JsonNodeFactory.instance.stringNode(text);
    }
}
