package com.aistrale.server.contract;

import java.util.ArrayList;
import java.util.List;

/** Reads a whole text of server-sent events, as the HTML standard says; comments are passed over. */
public final class Sse {
    private Sse() {}

    /** @param name {@code message} unless said */
    public record Event(String name, String data) {}

    public static List<Event> read(String text) {
        var events = new ArrayList<Event>();
        var name = "message";
        var data = new ArrayList<String>();
        for (var line : text.split("\r\n|\n|\r", -1)) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    events.add(new Event(name, String.join("\n", data)));
                }
                name = "message";
                data.clear();
            } else if (!line.startsWith(":")) {
                int colon = line.indexOf(':');
                var field = colon < 0 ? line : line.substring(0, colon);
                var value = colon < 0 ? "" : line.substring(colon + 1);
                value = value.startsWith(" ") ? value.substring(1) : value;
                switch (field) {
                    case "event" -> name = value;
                    case "data" -> data.add(value);
                    default -> {}
                }
            }
        }
        return events;
    }
}
