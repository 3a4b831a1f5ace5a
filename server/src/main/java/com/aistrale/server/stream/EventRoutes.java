package com.aistrale.server.stream;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.events.Event;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.sql.Database;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code GET /api/v1/events/stream}: the workspace's events as they happen, as webhooks carry them. {@code POST
 * /api/v1/events/test}: makes a sample of one, so that who listens need not wait for something to happen.
 */
public final class EventRoutes {
    private static final String TYPES = "event_types";
    private static final String TYPE = "event_type";

    private final Database database;
    private final Events events;
    private final ListenerRoutes listeners;
    private final Guard guard;
    private final Ids ids;
    private final InstantSource clock;

    public EventRoutes(
            Database database, Events events, ListenerRoutes listeners, Guard guard, Ids ids, InstantSource clock) {
        this.database = database;
        this.events = events;
        this.listeners = listeners;
        this.guard = guard;
        this.ids = ids;
        this.clock = clock;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/events/stream", guard.with(Role.VIEWER, this::stream))
                .post("/api/v1/events/test", guard.with(Role.MEMBER, this::test));
    }

    private void stream(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of(TYPES));
        var types = types(query);
        query.check();
        listeners.answer(caller, exchange, (appended, telling) -> {
            for (var each : appended) {
                var event = each.event();
                boolean asked = types.isEmpty() || types.contains(event.type());
                if (asked && event.workspaceId().equals(caller.workspaceId())) {
                    telling.tell(each.position(), event.type(), event.envelope());
                }
            }
        });
    }

    /** None for all, also those that only a newer node knows. */
    private static Set<String> types(Query query) {
        var said = query.list(TYPES);
        for (var type : said) {
            if (!EventTypes.names().contains(type)) {
                query.mistake(TYPES, unknown(type));
            }
        }
        return new HashSet<>(said);
    }

    private static String unknown(String type) {
        return "`" + type + "` is no event type"
                + Nearest.to(type, EventTypes.names())
                        .map(name -> "; did you mean `" + name + "`?")
                        .orElse(": there are " + String.join(", ", EventTypes.names()));
    }

    private void test(Caller caller, Exchange exchange) {
        var type = type(exchange);
        var event = new Event(
                ids.next("evt_"),
                caller.workspaceId(),
                type,
                clock.instant(),
                Json.text(EventTypes.sample(type, null)),
                true);
        database.write(tx -> {
            events.append(tx, event);
            return event;
        });
        exchange.send(201, event.envelope());
    }

    private static String type(Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of(TYPE));
        var type = reading.required(body, Pointer.ROOT, TYPE);
        if (reading.count() == 0 && !EventTypes.names().contains(type)) {
            reading.mistake(Pointer.ROOT.field(TYPE), unknown(type));
        }
        reading.check();
        return type;
    }
}
