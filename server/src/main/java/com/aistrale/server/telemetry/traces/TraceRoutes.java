package com.aistrale.server.telemetry.traces;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.telemetry.FilterReader;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.traces.TraceQuery.Place;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code POST /api/v1/telemetry/spans}, {@code GET /api/v1/traces} and {@code GET /api/v1/traces/{trace_id}}. */
public final class TraceRoutes {
    private static final List<String> PARAMETERS = List.of("last", "since", "until", "session_id", "limit", "cursor");
    private static final Pattern CURSOR = Pattern.compile("(\\d{1,15})\\.([A-Za-z0-9_.:-]{1,64})");
    private static final Pattern SPAN_CURSOR = Pattern.compile("(\\d{1,15})\\.(\\d{1,15})\\.([A-Za-z0-9_.:-]{1,64})");
    private static final Instant LAST = Instant.parse("+10000-01-01T00:00:00Z");

    private final Traces traces;
    private final Telemetry telemetry;
    private final Guard guard;
    private final FilterReader filters;

    public TraceRoutes(Database database, Telemetry telemetry, Guard guard, InstantSource clock) {
        this.traces = new Traces(database, telemetry);
        this.telemetry = telemetry;
        this.guard = guard;
        this.filters = new FilterReader(clock);
    }

    public void mount(Routes routes) {
        routes.post("/api/v1/telemetry/spans", guard.with(Role.MEMBER, this::add))
                .get("/api/v1/traces", guard.with(Role.VIEWER, this::list))
                .get("/api/v1/traces/{trace_id}", guard.with(Role.VIEWER, this::get));
    }

    private void add(Caller caller, Exchange exchange) {
        var spans = new SpansReader(telemetry.captures(caller.workspaceId())).read(exchange.jsonBody());
        traces.add(caller.workspaceId(), spans);
        exchange.send(200, Json.object().put("accepted", spans.size()));
    }

    private void list(Caller caller, Exchange exchange) {
        var query = exchange.query(PARAMETERS);
        var filter = filters.past(query);
        int limit = query.limit();
        var cursor = query.cursor(CURSOR);
        query.check();
        var page = traces.list(
                caller.workspaceId(),
                new TraceQuery(told(filter.since()), told(filter.until()), filter.sessionId(), place(cursor), limit));
        var json = Json.object();
        var data = json.putArray("data");
        page.traces().forEach(trace -> data.add(TraceJson.of(trace)));
        json.put("next_cursor", page.more() ? cursor(page.traces().getLast()) : null);
        exchange.send(200, json);
    }

    private void get(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("limit", "cursor"));
        int limit = query.limit(Traces.MOST_SPANS, Traces.MOST_SPANS);
        var cursor = query.cursor(SPAN_CURSOR);
        query.check();
        var traceId = exchange.pathParameter("trace_id");
        var detail = traces.get(caller.workspaceId(), traceId, spanPlace(cursor), limit);
        var page = detail.spans();
        var next = page.more() ? SqlSpanStore.Place.of(page.spans().getLast()) : null;
        exchange.send(
                200,
                TraceJson.of(detail)
                        .put(
                                "next_cursor",
                                next == null ? null : next.startedAt() + "." + next.endedAt() + "." + next.spanId()));
    }

    private static SqlSpanStore.@Nullable Place spanPlace(@Nullable String cursor) {
        if (cursor == null) {
            return null;
        }
        var parts = cursor.split("\\.", 3);
        return new SqlSpanStore.Place(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2]);
    }

    /** Within the times that a table can hold. */
    private static @Nullable Instant told(@Nullable Instant time) {
        if (time == null) {
            return null;
        }
        return time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time.isAfter(LAST) ? LAST : time;
    }

    private static String cursor(Trace last) {
        return last.startedAt().toEpochMilli() + "." + last.traceId();
    }

    private static @Nullable Place place(@Nullable String cursor) {
        if (cursor == null) {
            return null;
        }
        int dot = cursor.indexOf('.');
        return new Place(Long.parseLong(cursor.substring(0, dot)), cursor.substring(dot + 1));
    }
}
