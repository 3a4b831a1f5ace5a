package com.aistrale.server.events;

import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What can happen: the catalogue of {@code contract/events/}, which is in the jar, and read when it is first needed. An
 * unknown type is a {@link java.util.NoSuchElementException}: who reads names from outside asks {@link #names} first.
 */
public final class EventTypes {
    /** A webhook gets nothing any more. */
    public static final String WEBHOOK_DISABLED = "webhook.disabled";

    /** Somebody tries a webhook out. */
    public static final String WEBHOOK_TEST = "webhook.test";

    private static final List<String> NAMES = List.of(
            "inference.completed",
            "inference.failed",
            "cost.threshold_exceeded",
            "provider.failed",
            "provider.recovered",
            "prompt.updated",
            WEBHOOK_DISABLED,
            WEBHOOK_TEST);

    /**
     * A type.
     *
     * @param name such as {@code inference.completed}
     * @param description one sentence
     * @param schema JSON Schema of the whole event, with an example; not to be changed
     */
    public record Type(String name, String description, ObjectNode schema) {}

    /** Read once. */
    private static final class Read {
        static final List<Type> ALL = NAMES.stream().map(EventTypes::read).toList();
    }

    private EventTypes() {}

    /** The names of all types, in the order in which people are shown them. */
    public static List<String> names() {
        return NAMES;
    }

    /** All types, in the order of {@link #names}. */
    public static List<Type> all() {
        return Read.ALL;
    }

    /** The type of this name; empty when there is none. */
    public static Optional<Type> find(String name) {
        return Read.ALL.stream().filter(type -> type.name().equals(name)).findFirst();
    }

    /** Whether events of this type tell of an inference, and so may have its content beside them. */
    public static boolean tellsOfInference(String name) {
        return name.startsWith("inference.");
    }

    /**
     * What an event of this type looks like: the data of a sample, which tells of nothing that is.
     *
     * @param webhookId the one that is tried out, or null
     */
    public static ObjectNode sample(String name, @Nullable String webhookId) {
        var schema = find(name).orElseThrow().schema();
        var data = (ObjectNode) schema.at("/examples/0/data").deepCopy();
        if (name.equals(WEBHOOK_TEST)) {
            data.put("webhook_id", webhookId);
        }
        return data;
    }

    private static Type read(String name) {
        var resource = "contract/events/" + name + ".json";
        try (var in = EventTypes.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not in the jar");
            }
            var schema = (ObjectNode) Json.parse(in.readAllBytes());
            return new Type(name, schema.get("title").stringValue() + ".", schema);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
