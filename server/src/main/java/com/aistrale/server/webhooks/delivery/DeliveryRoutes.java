package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Places;
import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pages;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What is on its way to webhooks: {@code /api/v1/webhook-deliveries}, and below {@code /api/v1/webhooks/{id}}. */
public final class DeliveryRoutes {
    private static final List<String> PARAMETERS = Stream.concat(
                    Stream.of("status", "event_type", "limit", "cursor"), Query.WINDOW.stream())
            .toList();
    private static final Pattern CURSOR = Pattern.compile("dlv_[0-9a-z]{26}");
    private static final List<String> STATUSES = List.of("pending", "delivered", "failed");

    /** Each holds its request for as long as the receiver takes. */
    private final Places tests =
            new Places("tests of webhooks", "Wait until one is answered.", 64, 8, Duration.ofSeconds(5));

    private final Deliveries deliveries;
    private final Guard guard;
    private final InstantSource clock;

    public DeliveryRoutes(Deliveries deliveries, Guard guard, InstantSource clock) {
        this.deliveries = deliveries;
        this.guard = guard;
        this.clock = clock;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/webhooks/{id}/deliveries", guard.with(Role.VIEWER, this::list))
                .post("/api/v1/webhooks/{id}/test", guard.with(Role.ADMIN, this::test))
                .post("/api/v1/webhooks/{id}/recover", guard.with(Role.ADMIN, this::recover))
                .get("/api/v1/webhook-deliveries/{id}", guard.with(Role.VIEWER, this::get))
                .post("/api/v1/webhook-deliveries/{id}/retry", guard.with(Role.ADMIN, this::retry));
    }

    private void list(Caller caller, Exchange exchange) {
        var query = exchange.query(PARAMETERS);
        var status = query.text("status");
        if (status != null && !STATUSES.contains(status)) {
            query.mistake("status", "`" + status + "` is none of " + String.join(", ", STATUSES));
        }
        var type = query.text("event_type");
        if (type != null && !EventTypes.names().contains(type)) {
            query.mistake("event_type", unknown(type));
        }
        var window = query.window(clock);
        int limit = query.limit();
        var cursor = query.cursor(CURSOR);
        query.check();
        var filter = new DeliveryFilter(status, type, floor(window.since()), floor(window.until()));
        var found = deliveries.list(caller.workspaceId(), exchange.pathParameter("id"), filter, cursor, limit + 1);
        exchange.send(200, Pages.json(found, limit, DeliveryJson::of, Delivery::id));
    }

    private static @Nullable String floor(@Nullable Instant time) {
        return time == null ? null : Ids.floor("dlv_", time);
    }

    private static String unknown(String type) {
        return "there is no event type `" + type.substring(0, Math.min(100, type.length())) + "`"
                + Nearest.hint(type, EventTypes.names());
    }

    private void get(Caller caller, Exchange exchange) {
        exchange.send(
                200,
                DeliveryJson.of(
                        deliveries.get(caller.workspaceId(), exchange.pathParameter("id")),
                        caller.role().covers(Role.ADMIN)));
    }

    private void retry(Caller caller, Exchange exchange) {
        exchange.send(202, DeliveryJson.of(deliveries.retry(caller, exchange.pathParameter("id"))));
    }

    private void recover(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of("since"));
        var since = reading.instant(body, Pointer.ROOT, "since");
        if (Reading.said(body, "since") == null) {
            reading.mistake(Pointer.ROOT.field("since"), "is missing: from when on is what failed to be sent again?");
        }
        reading.check();
        int recovered = deliveries.recover(caller, exchange.pathParameter("id"), since == null ? Instant.MAX : since);
        exchange.send(202, Json.object().put("recovered", recovered));
    }

    private void test(Caller caller, Exchange exchange) {
        var type = type(exchange.optionalJsonBody());
        tests.take(caller.workspaceId());
        try {
            test(caller, exchange, type);
        } finally {
            tests.leave(caller.workspaceId());
        }
    }

    private void test(Caller caller, Exchange exchange, String type) {
        exchange.send(200, DeliveryJson.of(deliveries.test(caller, exchange.pathParameter("id"), type), true));
    }

    private static String type(ObjectNode body) {
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of("event_type"));
        var type = reading.string(body, Pointer.ROOT, "event_type");
        if (type != null && !EventTypes.names().contains(type)) {
            reading.mistake(Pointer.ROOT.field("event_type"), unknown(type));
        }
        reading.check();
        return type == null ? EventTypes.WEBHOOK_TEST : type;
    }
}
