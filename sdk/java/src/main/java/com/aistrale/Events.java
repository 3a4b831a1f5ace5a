package com.aistrale;

import java.util.List;
import java.util.Map;

/**
 * What happens in the workspace. Used by several threads at once; every method throws an {@link AistraleException} where the server does
 * not answer with what was asked for.
 */
public final class Events {
    private static final String PATH = "/api/v1/events";
    private final Exchange exchange;

    Events(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * All events as they happen, from now on, on any node. A lost connection is made again, and goes on where it was.
     *
     * @return to be closed; it does not end by itself
     */
    public EventStream stream() {
        return stream(EventOptions.none());
    }

    /**
     * Events as they happen, on any node. A lost connection is made again, and goes on where it was.
     *
     * @param options which, and from where on
     * @return to be closed; it does not end by itself
     * @throws BadRequestException if the server's database cannot have given the event behind which to begin
     */
    public EventStream stream(EventOptions options) {
        var types = options.types();
        var query = types.isEmpty() ? Map.<String, String>of() : Map.of("event_types", String.join(",", types));
        return EventStream.open(exchange, Call.target(PATH + "/stream", query), options);
    }

    /**
     * Makes a sample event for who listens to a stream. No webhook gets it; {@link Webhooks#test} is for them.
     *
     * @param type such as {@code inference.failed}
     * @return the event, of which nothing is true
     */
    public Event test(String type) {
        return exchange.object(Call.post(PATH + "/test", Map.of("event_type", type)), "event", Event::read);
    }

    /**
     * The types of events that there are.
     *
     * @return each with its JSON Schema
     */
    public List<EventType> types() {
        return new Paged<>(exchange, "/api/v1/webhook-event-types", Map.of(), EventType::read).toList();
    }
}
