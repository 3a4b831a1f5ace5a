package com.aistrale.server.access;

import com.aistrale.server.access.Workspaces.Changes;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Pages;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/workspaces}. */
public final class WorkspaceRoutes {
    private static final List<String> FIELDS = List.of("name", "capture_content", "retention_days", "default_model");
    private static final Pattern CURSOR = Pattern.compile("ws_[0-9a-z]{26}");
    private static final int MOST_DAYS = 36_500;

    private final Workspaces workspaces;
    private final Guard guard;
    private final ModelNames models;

    public WorkspaceRoutes(Workspaces workspaces, Guard guard, ProviderNames providers) {
        this.workspaces = workspaces;
        this.guard = guard;
        this.models = new ModelNames(providers);
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/workspaces", guard.with(Role.VIEWER, this::list))
                .post("/api/v1/workspaces", guard.operator(Workspaces.OPERATORS, this::create))
                .get("/api/v1/workspaces/{id}", guard.with(Role.VIEWER, this::get))
                .post("/api/v1/workspaces/{id}", guard.with(Role.VIEWER, this::update))
                .delete("/api/v1/workspaces/{id}", guard.with(Role.VIEWER, this::delete));
    }

    private void list(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("limit", "cursor"));
        int limit = query.limit();
        var cursor = query.cursor(CURSOR);
        query.check();
        var views = caller.isOperator() ? workspaces.all(cursor, limit + 1) : workspaces.own(caller, cursor);
        exchange.send(
                200,
                Pages.json(
                        views,
                        limit,
                        WorkspaceJson::of,
                        view -> view.workspace().id()));
    }

    private void get(Caller caller, Exchange exchange) {
        exchange.send(200, WorkspaceJson.of(workspaces.view(caller, exchange.pathParameter("id"))));
    }

    private void create(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, FIELDS);
        var wanted = changes(reading, body, Change.to(Names.read(reading, body)));
        reading.check();
        exchange.send(201, WorkspaceJson.of(workspaces.create(caller, wanted)));
    }

    /** Whether it is the caller's own is asked first: of another one a caller learns nothing, not even what it would need. */
    private void update(Caller caller, Exchange exchange) {
        var id = exchange.pathParameter("id");
        workspaces.view(caller, id);
        Guard.requireRole(caller, Role.ADMIN);
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, FIELDS);
        var changes = changes(reading, body, body.has("name") ? Change.to(Names.read(reading, body)) : Change.none());
        reading.check();
        exchange.send(200, WorkspaceJson.of(workspaces.update(caller, id, changes)));
    }

    private void delete(Caller caller, Exchange exchange) {
        workspaces.delete(caller, exchange.pathParameter("id"));
        exchange.sendNothing();
    }

    private Changes changes(Reading reading, ObjectNode body, Change<String> name) {
        return new Changes(
                name,
                body.has("capture_content") ? Change.to(captureContent(reading, body)) : Change.none(),
                body.has("retention_days") ? Change.to(retentionDays(reading, body)) : Change.none(),
                body.has("default_model") ? Change.to(models.model(reading, body, "default_model")) : Change.none());
    }

    private static boolean captureContent(Reading reading, ObjectNode body) {
        var capture = reading.bool(body, Pointer.ROOT, "capture_content");
        if (body.get("capture_content").isNull()) {
            reading.wrongType(body.get("capture_content"), Pointer.ROOT.field("capture_content"), "true or false");
        }
        return Boolean.TRUE.equals(capture);
    }

    private static @Nullable Integer retentionDays(Reading reading, ObjectNode body) {
        var days = reading.integer(body, Pointer.ROOT, "retention_days");
        if (days == null) {
            return null;
        }
        if (days < 1 || days > MOST_DAYS) {
            reading.mistake(
                    Pointer.ROOT.field("retention_days"), "must be 1 to " + MOST_DAYS + ", or null to keep for ever");
            return null;
        }
        return days.intValue();
    }
}
