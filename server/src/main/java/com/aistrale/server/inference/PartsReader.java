package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads a message's {@code content}: a string or a list of parts. */
final class PartsReader {
    private static final Set<String> TEXT_FIELDS = Set.of("type", "text", "cache_control");
    private static final Set<String> IMAGE_FIELDS = Set.of("type", "image_url", "cache_control");
    private static final Set<String> URL_FIELDS = Set.of("url", "detail");

    /** Parts of OpenAI's format that have no form of their own here; which provider takes them is its adapter's to say. */
    private static final List<String> OTHER_TYPES = List.of("input_audio", "file", "refusal");

    private final Reading reading;
    private final Leftovers leftovers;

    PartsReader(Reading reading, Leftovers leftovers) {
        this.reading = reading;
        this.leftovers = leftovers;
    }

    /** @param cacheControl the message's own marker, for content that is a string */
    List<Part> read(JsonNode content, Pointer at, @Nullable JsonNode cacheControl) {
        if (content.isString()) {
            return List.of(new Part.Text(content.stringValue(), cacheControl));
        }
        if (!(content instanceof ArrayNode array)) {
            reading.wrongType(content, at, "a string or an array of parts");
            return List.of();
        }
        if (array.isEmpty()) {
            reading.mistake(at, "is an empty array; at least one part is needed");
        }
        var parts = new ArrayList<Part>(array.size());
        for (int i = 0; i < array.size(); i++) {
            parts.add(part(array.get(i), at.at(i)));
        }
        return parts;
    }

    /** Never null, so that parts keep their places; what is wrong is an {@link Part.Other} that nobody gets to see. */
    private Part part(JsonNode node, Pointer at) {
        if (!(node instanceof ObjectNode object)) {
            reading.wrongType(node, at, "an object with a `type`");
            return new Part.Other("", node);
        }
        var type = reading.required(object, at, "type");
        return switch (type) {
            case "text" -> {
                leftovers.unknownFields(object, at, TEXT_FIELDS);
                yield new Part.Text(reading.required(object, at, "text"), Reading.said(object, "cache_control"));
            }
            case "image_url" -> image(object, at);
            default -> {
                if (leftovers.strict() && !type.isEmpty() && !OTHER_TYPES.contains(type)) {
                    reading.mistake(at.field("type"), "is none of text, image_url, " + String.join(", ", OTHER_TYPES));
                }
                yield new Part.Other(type, object);
            }
        };
    }

    private Part image(ObjectNode object, Pointer at) {
        leftovers.unknownFields(object, at, IMAGE_FIELDS);
        var image = reading.object(object, at, "image_url");
        var here = at.field("image_url");
        if (image == null) {
            if (Reading.said(object, "image_url") == null) {
                reading.mistake(here, "is missing");
            }
            return new Part.Other("image_url", object);
        }
        leftovers.unknownFields(image, here, URL_FIELDS);
        return new Part.Image(
                reading.required(image, here, "url"),
                reading.string(image, here, "detail"),
                Reading.said(object, "cache_control"));
    }
}
