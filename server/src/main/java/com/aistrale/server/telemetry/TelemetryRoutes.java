package com.aistrale.server.telemetry;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/telemetry} and {@code GET /api/v1/inferences/{id}}. */
public final class TelemetryRoutes {
    private static final List<String> PARAMETERS =
            List.of("last", "since", "until", "provider", "model", "status", "limit", "cursor");
    private static final Pattern CURSOR = Pattern.compile("inf_[0-9a-z]{26}");
    private static final String STATUSES =
            Arrays.stream(Status.values()).map(Status::wireName).collect(Collectors.joining(", "));

    private final Telemetry telemetry;
    private final Guard guard;
    private final InstantSource clock;

    public TelemetryRoutes(Telemetry telemetry, Guard guard, InstantSource clock) {
        this.telemetry = telemetry;
        this.guard = guard;
        this.clock = clock;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/telemetry", guard.with(Role.VIEWER, this::list))
                .get("/api/v1/inferences/{id}", guard.with(Role.VIEWER, this::get));
    }

    private void get(Caller caller, Exchange exchange) {
        exchange.send(200, RecordJson.of(telemetry.get(caller.workspaceId(), exchange.pathParameter("id"))));
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
        var query = exchange.query(PARAMETERS);
        var last = query.text("last");
        var since = query.instant("since");
        if (last != null && query.text("since") != null) {
            query.mistake("last", "`last` and `since` say the same thing in two ways: give one");
        } else if (last != null) {
            since = since(last, query);
        }
        var until = query.instant("until");
        var status = status(query);
        int limit = query.limit();
        var cursor = query.cursor(CURSOR);
        query.check();
        return new TelemetryQuery(since, until, query.text("provider"), query.text("model"), status, cursor, limit);
    }

    private @Nullable Instant since(String last, Query query) {
        try {
            return clock.instant().minus(duration(last));
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException wrong) {
            query.mistake("last", "`" + last + "` is no duration: write 90s, 15m, 24h or 7d");
            return null;
        }
    }

    private static Duration duration(String text) {
        if (!text.matches("\\d{1,9}[smhd]")) {
            throw new IllegalArgumentException(text);
        }
        long count = Long.parseLong(text, 0, text.length() - 1, 10);
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(count);
            case 'm' -> Duration.ofMinutes(count);
            case 'h' -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static @Nullable Status status(Query query) {
        var text = query.text("status");
        if (text == null) {
            return null;
        }
        for (var status : Status.values()) {
            if (status.wireName().equals(text)) {
                return status;
            }
        }
        query.mistake("status", "`" + text + "` is none of " + STATUSES);
        return null;
    }
}
