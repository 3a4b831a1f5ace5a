package com.aistrale.server.telemetry;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/telemetry} and {@code GET /api/v1/inferences/{id}}. */
public final class TelemetryRoutes {
    private static final List<String> PARAMETERS =
            List.of("last", "since", "until", "provider", "model", "status", "limit", "cursor");
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
        routes.get("/api/v1/telemetry", guard.with(this::list)).get("/api/v1/inferences/{id}", guard.with(this::get));
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
        var errors = new ArrayList<FieldError>();
        for (var name : exchange.queryNames()) {
            if (!PARAMETERS.contains(name)) {
                errors.add(error(name, "unknown parameter `" + name + "`" + Nearest.hint(name, PARAMETERS)));
            }
        }
        var last = exchange.query("last");
        var since = instant("since", exchange.query("since"), errors);
        if (last != null && exchange.query("since") != null) {
            errors.add(error("last", "`last` and `since` say the same thing in two ways: give one"));
        } else if (last != null) {
            since = since(last, errors);
        }
        var until = instant("until", exchange.query("until"), errors);
        var status = status(exchange.query("status"), errors);
        int limit = limit(exchange.query("limit"), errors);
        var cursor = exchange.query("cursor");
        if (cursor != null && !cursor.matches("inf_[0-9a-z]{26}")) {
            errors.add(error("cursor", "not a cursor of this list: pass on the `next_cursor` of the page before"));
        }
        if (!errors.isEmpty()) {
            throw Problem.invalid(errors).exception();
        }
        return new TelemetryQuery(
                since, until, exchange.query("provider"), exchange.query("model"), status, cursor, limit);
    }

    private @Nullable Instant since(String last, List<FieldError> errors) {
        try {
            return clock.instant().minus(duration(last));
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException wrong) {
            errors.add(error("last", "`" + last + "` is no duration: write 90s, 15m, 24h or 7d"));
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

    private static @Nullable Instant instant(String name, @Nullable String text, List<FieldError> errors) {
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException wrong) {
            errors.add(error(name, "`" + text + "` is no RFC 3339 time, such as 2026-11-23T08:00:00Z"));
            return null;
        }
    }

    private static @Nullable Status status(@Nullable String text, List<FieldError> errors) {
        if (text == null) {
            return null;
        }
        for (var status : Status.values()) {
            if (status.wireName().equals(text)) {
                return status;
            }
        }
        errors.add(error("status", "`" + text + "` is none of " + STATUSES));
        return null;
    }

    private static int limit(@Nullable String text, List<FieldError> errors) {
        if (text == null) {
            return TelemetryQuery.USUAL;
        }
        if (text.matches("\\d{1,6}")) {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= TelemetryQuery.MOST) {
                return limit;
            }
        }
        errors.add(error("limit", "a number from 1 to " + TelemetryQuery.MOST + " was expected"));
        return TelemetryQuery.USUAL;
    }

    private static FieldError error(String parameter, String detail) {
        return new FieldError("?" + parameter, detail);
    }
}
