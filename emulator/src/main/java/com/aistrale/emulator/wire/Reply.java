package com.aistrale.emulator.wire;

import com.aistrale.emulator.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a wire format answers, before faults come into it. */
public sealed interface Reply {
    Map<String, String> headers();

    /** An answer in one piece. */
    record Whole(int status, Map<String, String> headers, String contentType, String body) implements Reply {
        public Whole {
            headers = Map.copyOf(headers);
        }

        public static Whole json(int status, Map<String, String> headers, JsonNode body) {
            return new Whole(status, headers, "application/json", Json.write(body));
        }

        /** The same with more headers, which win over its own. */
        public Whole with(Map<String, String> more) {
            Map<String, String> all = new LinkedHashMap<>(headers);
            all.putAll(more);
            return new Whole(status, all, contentType, body);
        }
    }

    /**
     * A stream of server-sent events with status 200.
     *
     * @param broken what the service sends when it fails in mid-stream
     */
    record Stream(Map<String, String> headers, List<Event> events, Event broken) implements Reply {
        public Stream {
            headers = Map.copyOf(headers);
            events = List.copyOf(events);
        }
    }

    /** One server-sent event; the name is null where the format has none. */
    record Event(@Nullable String name, String data) {
        public static Event of(JsonNode data) {
            return new Event(null, Json.write(data));
        }

        String text() {
            return (name == null ? "" : "event: " + name + "\n") + "data: " + data + "\n\n";
        }
    }
}
