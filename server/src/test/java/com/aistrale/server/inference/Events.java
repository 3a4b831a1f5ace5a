package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Reads the native surface's stream as strictly as it is promised: event, id, data, and a blank line, no less. */
public record Events(List<Event> all) {
    private static final Pattern EVENT = Pattern.compile("event: ([a-z]+)\nid: ([0-9]+)\ndata: (.*)");

    /** One event. */
    public record Event(String type, int id, JsonNode data) {}

    public static Events of(String body) {
        var events = new ArrayList<Event>();
        if (!body.isEmpty() && !body.endsWith("\n\n")) {
            throw new AssertionError("the stream ends in mid-event: " + body);
        }
        for (var block : body.split("\n\n")) {
            if (block.isEmpty() || block.equals(": keep-alive")) {
                continue;
            }
            var matcher = EVENT.matcher(block);
            if (!matcher.matches()) {
                throw new AssertionError("not an event: " + block);
            }
            events.add(new Event(matcher.group(1), Integer.parseInt(matcher.group(2)), Json.parse(matcher.group(3))));
        }
        return new Events(events);
    }

    public List<String> types() {
        return all.stream().map(Event::type).toList();
    }

    /** The data of the last event. */
    public JsonNode last() {
        return all.getLast().data();
    }

    /** What the deltas say. */
    public String text() {
        var text = new StringBuilder();
        all.stream()
                .filter(event -> event.type().equals("delta"))
                .forEach(event -> text.append(event.data().path("text").stringValue("")));
        return text.toString();
    }
}
