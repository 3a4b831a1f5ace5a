package com.aistrale.server.telemetry.live;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.stream.ListenerRoutes;
import com.aistrale.server.telemetry.FilterReader;
import com.aistrale.server.telemetry.Telemetry;
import java.time.InstantSource;

/** {@code GET /api/v1/telemetry/stream}: server-sent events without an end. */
public final class LiveRoutes {
    private final LiveFeed feed;
    private final ListenerRoutes listeners;
    private final Guard guard;
    private final FilterReader filters;

    public LiveRoutes(Telemetry telemetry, ListenerRoutes listeners, Guard guard, InstantSource clock) {
        this.feed = new LiveFeed(telemetry);
        this.listeners = listeners;
        this.guard = guard;
        this.filters = new FilterReader(clock);
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/telemetry/stream", guard.with(Role.VIEWER, this::stream));
    }

    private void stream(Caller caller, Exchange exchange) {
        var query = exchange.query(FilterReader.PARAMETERS, FilterReader::isMetadata);
        var filter = filters.live(query);
        query.check();
        listeners.answer(
                caller, exchange, (events, telling) -> feed.tell(caller.workspaceId(), filter, events, telling));
    }
}
