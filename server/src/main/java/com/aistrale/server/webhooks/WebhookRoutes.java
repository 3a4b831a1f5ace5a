package com.aistrale.server.webhooks;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pages;
import com.aistrale.server.webhooks.Webhooks.Revealed;
import com.aistrale.server.webhooks.target.TargetPolicy;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/webhooks}, and the types of events that they may get. */
public final class WebhookRoutes {
    private static final Pattern CURSOR = Pattern.compile("wh_[0-9a-z]{26}");

    private final Webhooks webhooks;
    private final WebhookReader reader;
    private final Guard guard;
    private final InstantSource clock;

    public WebhookRoutes(Webhooks webhooks, TargetPolicy policy, Guard guard, InstantSource clock) {
        this.webhooks = webhooks;
        this.reader = new WebhookReader(policy);
        this.guard = guard;
        this.clock = clock;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/webhooks", guard.with(Role.VIEWER, this::list))
                .post("/api/v1/webhooks", guard.with(Role.ADMIN, this::create))
                .get("/api/v1/webhooks/{id}", guard.with(Role.VIEWER, this::get))
                .post("/api/v1/webhooks/{id}", guard.with(Role.ADMIN, this::update))
                .delete("/api/v1/webhooks/{id}", guard.with(Role.ADMIN, this::delete))
                .post("/api/v1/webhooks/{id}/rotate-secret", guard.with(Role.ADMIN, this::rotate))
                .get("/api/v1/webhook-event-types", guard.with(Role.VIEWER, WebhookRoutes::types));
    }

    private void list(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("limit", "cursor"));
        int limit = query.limit();
        var cursor = query.cursor(CURSOR);
        query.check();
        var found = webhooks.list(caller.workspaceId(), cursor, limit + 1);
        exchange.send(200, Pages.json(found, limit, webhook -> json(caller, webhook), Webhook::id));
    }

    private void get(Caller caller, Exchange exchange) {
        exchange.send(200, json(caller, webhooks.get(caller.workspaceId(), exchange.pathParameter("id"))));
    }

    private void create(Caller caller, Exchange exchange) {
        exchange.send(201, json(caller, webhooks.create(caller, reader.wanted(exchange.jsonBody()))));
    }

    private void update(Caller caller, Exchange exchange) {
        var changes = reader.changes(exchange.jsonBody());
        exchange.send(200, json(caller, webhooks.update(caller, exchange.pathParameter("id"), changes)));
    }

    private void delete(Caller caller, Exchange exchange) {
        webhooks.delete(caller, exchange.pathParameter("id"));
        exchange.sendNothing();
    }

    private void rotate(Caller caller, Exchange exchange) {
        var secret = WebhookReader.rotation(exchange.optionalJsonBody());
        exchange.send(200, json(caller, webhooks.rotate(caller, exchange.pathParameter("id"), secret)));
    }

    private ObjectNode json(Caller caller, Webhook webhook) {
        return WebhookJson.of(webhook, caller.role().covers(Role.ADMIN), clock.instant());
    }

    private ObjectNode json(Caller caller, Revealed revealed) {
        return json(caller, revealed.webhook()).put("secret", revealed.secret().reveal());
    }

    private static void types(Caller caller, Exchange exchange) {
        var json = Json.object();
        var data = json.putArray("data");
        EventTypes.all().forEach(type -> data.add(WebhookJson.of(type)));
        json.putNull("next_cursor");
        exchange.send(200, json);
    }
}
