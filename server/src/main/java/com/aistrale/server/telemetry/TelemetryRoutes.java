package com.aistrale.server.telemetry;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;

/** {@code GET /api/v1/telemetry} and {@code GET /api/v1/inferences/{id}}. */
public final class TelemetryRoutes {
    private static final List<String> PARAMETERS = FilterReader.with("limit", "cursor");
    private static final Pattern CURSOR = Pattern.compile("inf_[0-9a-z]{26}");

    private final Telemetry telemetry;
    private final Guard guard;
    private final FilterReader filters;

    public TelemetryRoutes(Telemetry telemetry, Guard guard, InstantSource clock) {
        this.telemetry = telemetry;
        this.guard = guard;
        this.filters = new FilterReader(clock);
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/telemetry", guard.with(Role.VIEWER, this::list))
                .get("/api/v1/inferences/{id}", guard.with(Role.VIEWER, this::get));
    }

    private void get(Caller caller, Exchange exchange) {
        var id = exchange.pathParameter("id");
        var json = RecordJson.of(telemetry.get(caller.workspaceId(), id));
        json.set(
                "content",
                telemetry.content(caller.workspaceId(), id).map(Content::json).orElse(null));
        exchange.send(200, json);
    }

    private void list(Caller caller, Exchange exchange) {
        var page = telemetry.list(caller.workspaceId(), query(exchange));
        var json = Json.object();
        var data = json.putArray("data");
        page.records().forEach(record -> data.add(RecordJson.of(record)));
        json.put("next_cursor", page.more() ? page.records().getLast().id() : null);
        exchange.send(200, json);
    }

    private TelemetryQuery query(Exchange exchange) {
        var query = exchange.query(PARAMETERS, FilterReader::isMetadata);
        var filter = filters.past(query);
        int limit = query.limit();
        var cursor = query.cursor(CURSOR);
        query.check();
        return new TelemetryQuery(filter, cursor, limit);
    }
}
