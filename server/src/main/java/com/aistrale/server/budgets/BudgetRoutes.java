package com.aistrale.server.budgets;

import com.aistrale.server.access.Access;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.ProviderNames;
import com.aistrale.server.access.Role;
import com.aistrale.server.budgets.Budgets.View;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Pages;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/budgets}. */
public final class BudgetRoutes {
    private static final Pattern CURSOR = Pattern.compile("bud_[0-9a-z]{26}");

    private final Budgets budgets;
    private final Guard guard;
    private final BudgetReader reader;

    public BudgetRoutes(Budgets budgets, Guard guard, Access access, ProviderNames providers) {
        this.budgets = budgets;
        this.guard = guard;
        this.reader = new BudgetReader(access, providers);
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/budgets", guard.with(Role.VIEWER, this::list))
                .post("/api/v1/budgets", guard.with(Role.ADMIN, this::create))
                .get("/api/v1/budgets/{id}", guard.with(Role.VIEWER, this::get))
                .post("/api/v1/budgets/{id}", guard.with(Role.ADMIN, this::update))
                .delete("/api/v1/budgets/{id}", guard.with(Role.ADMIN, this::delete));
    }

    private void list(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("limit", "cursor"));
        int limit = query.limit();
        var cursor = query.cursor(CURSOR);
        query.check();
        var found = budgets.list(caller.workspaceId(), cursor, limit + 1);
        exchange.send(
                200,
                Pages.json(
                        found, limit, BudgetRoutes::json, view -> view.budget().id()));
    }

    private void get(Caller caller, Exchange exchange) {
        exchange.send(200, json(budgets.get(caller.workspaceId(), exchange.pathParameter("id"))));
    }

    private void create(Caller caller, Exchange exchange) {
        exchange.send(201, json(budgets.create(caller, reader.wanted(caller, exchange.jsonBody()))));
    }

    private void update(Caller caller, Exchange exchange) {
        var changes = reader.changes(exchange.jsonBody());
        exchange.send(200, json(budgets.update(caller, exchange.pathParameter("id"), changes)));
    }

    private void delete(Caller caller, Exchange exchange) {
        budgets.delete(caller, exchange.pathParameter("id"));
        exchange.sendNothing();
    }

    private static ObjectNode json(View view) {
        return BudgetJson.of(view.budget(), view.standing());
    }
}
