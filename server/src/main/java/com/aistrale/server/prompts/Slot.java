package com.aistrale.server.prompts;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A place in messages that holds a template: a content that is a string, a part's text, an image's URL.
 *
 * @param pointer from the array of messages on
 */
record Slot(ObjectNode in, String field, String pointer) {

    /** The places, in the order of the messages, which need not be valid. */
    static List<Slot> of(@Nullable ArrayNode messages) {
        var slots = new ArrayList<Slot>();
        if (messages == null) {
            return slots;
        }
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i) instanceof ObjectNode message) {
                var at = "/" + i;
                add(message, "content", at, slots);
                if (message.get("content") instanceof ArrayNode parts) {
                    for (int j = 0; j < parts.size(); j++) {
                        part(parts.get(j), at + "/content/" + j, slots);
                    }
                }
            }
        }
        return slots;
    }

    private static void part(JsonNode node, String at, List<Slot> into) {
        if (node instanceof ObjectNode part) {
            add(part, "text", at, into);
            if (part.get("image_url") instanceof ObjectNode image) {
                add(image, "url", at + "/image_url", into);
            }
        }
    }

    private static void add(ObjectNode in, String field, String at, List<Slot> into) {
        var value = in.get(field);
        if (value != null && value.isString()) {
            into.add(new Slot(in, field, at + "/" + field));
        }
    }

    String text() {
        return in.get(field).stringValue();
    }

    void put(String text) {
        in.put(field, text);
    }
}
