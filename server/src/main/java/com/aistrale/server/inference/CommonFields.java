package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.routing.FallbackNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the fields at the top of a request's body that several formats have. One thread. */
public final class CommonFields {
    private static final int MOST_METADATA = 32;
    private static final int LONGEST_METADATA_KEY = 64;
    private static final int LONGEST_METADATA_VALUE = 512;
    private static final int LONGEST_SESSION_ID = 128;

    private final Reading reading;

    public CommonFields(Reading reading) {
        this.reading = reading;
    }

    /** A number from {@code least} to {@code most}, or null. */
    @Nullable
    Double number(ObjectNode body, String field, double least, double most) {
        var value = reading.number(body, Pointer.ROOT, field);
        if (value != null && !(value >= least && value <= most)) {
            reading.mistake(
                    Pointer.ROOT.field(field),
                    "must be " + (long) least + " to " + (long) most + ", not "
                            + body.get(field).asString());
        }
        return value;
    }

    /** A whole number from 1 on, or null. */
    public @Nullable Integer count(ObjectNode body, String field) {
        var value = reading.integer(body, Pointer.ROOT, field);
        if (value == null) {
            return null;
        }
        if (value < 1 || value > Integer.MAX_VALUE) {
            reading.mistake(Pointer.ROOT.field(field), "must be 1 to " + Integer.MAX_VALUE + ", not " + value);
            return null;
        }
        return value.intValue();
    }

    /** A string that is not blank, or null. */
    @Nullable
    String word(ObjectNode body, String field) {
        var value = reading.string(body, Pointer.ROOT, field);
        if (value != null && value.isBlank()) {
            reading.mistake(Pointer.ROOT.field(field), "is empty; leave it out or give it a value");
        }
        return value;
    }

    /** What a model or a provider is called, or null; noted when it is too long. */
    @Nullable
    String name(ObjectNode body, String field) {
        var name = word(body, field);
        if (name != null) {
            FallbackNames.isShort(name, Pointer.ROOT.field(field), reading);
        }
        return name;
    }

    /** {@code stop}: a string, or a list of them; empty when absent. */
    public List<String> stop(ObjectNode body) {
        var at = Pointer.ROOT.field("stop");
        return switch (Reading.said(body, "stop")) {
            case null -> List.of();
            case ArrayNode array -> stops(array, at);
            case JsonNode one when one.isString() -> List.of(one.stringValue());
            case JsonNode other -> {
                reading.wrongType(other, at, "a string or an array of strings");
                yield List.of();
            }
        };
    }

    private List<String> stops(ArrayNode array, Pointer at) {
        var stops = new ArrayList<String>(array.size());
        for (int i = 0; i < array.size(); i++) {
            var stop = array.get(i);
            if (stop.isString()) {
                stops.add(stop.stringValue());
            } else {
                reading.wrongType(stop, at.at(i), "a string");
            }
        }
        return stops;
    }

    /** {@code session_id}, or null. */
    @Nullable
    String sessionId(ObjectNode body) {
        var id = reading.string(body, Pointer.ROOT, "session_id");
        if (id != null && !isSessionId(id)) {
            reading.mistake(
                    Pointer.ROOT.field("session_id"),
                    "must be 1 to " + LONGEST_SESSION_ID + " letters, digits and _ . : -");
        }
        return id;
    }

    /** Whether a session can be called so: 1 to 128 ASCII letters, digits and {@code _ . : -}. */
    public static boolean isSessionId(String id) {
        if (id.isEmpty() || id.length() > LONGEST_SESSION_ID) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!fine && "_.:-".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /** {@code metadata}: at most 32 strings with keys of 1 to 64 and values of up to 512 characters. */
    public Map<String, String> metadata(ObjectNode body) {
        var object = reading.object(body, Pointer.ROOT, "metadata");
        if (object == null || object.isEmpty()) {
            return Map.of();
        }
        var at = Pointer.ROOT.field("metadata");
        if (object.size() > MOST_METADATA) {
            reading.mistake(at, "has " + object.size() + " entries; the most is " + MOST_METADATA);
        }
        var metadata = new HashMap<String, String>();
        for (var entry : object.properties()) {
            entry(entry.getKey(), entry.getValue(), at, metadata);
        }
        return metadata;
    }

    private void entry(String key, JsonNode value, Pointer at, Map<String, String> into) {
        if (key.isEmpty() || key.length() > LONGEST_METADATA_KEY) {
            reading.mistake(at.field(key), "the key must have 1 to " + LONGEST_METADATA_KEY + " characters");
        }
        if (!value.isString()) {
            reading.wrongType(value, at.field(key), "a string");
            return;
        }
        if (value.stringValue().length() > LONGEST_METADATA_VALUE) {
            reading.mistake(at.field(key), "is longer than " + LONGEST_METADATA_VALUE + " characters");
        }
        into.put(key, value.stringValue());
    }
}
