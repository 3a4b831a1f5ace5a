package com.aistrale.server.access;

import com.aistrale.server.access.Audit.Entry;
import com.aistrale.server.access.Audit.Filter;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pages;
import com.aistrale.server.kit.sql.Database;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /api/v1/audit-log}. */
public final class AuditRoutes {
    private static final List<String> PARAMETERS =
            List.of("action", "target_type", "since", "until", "limit", "cursor");
    private static final Pattern CURSOR = Pattern.compile("aud_[0-9a-z]{26}");

    private final Database database;
    private final Audit audit;
    private final Guard guard;

    public AuditRoutes(Database database, Audit audit, Guard guard) {
        this.database = database;
        this.audit = audit;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/audit-log", guard.with(Role.ADMIN, this::list));
    }

    private void list(Caller caller, Exchange exchange) {
        var query = exchange.query(PARAMETERS);
        var filter = new Filter(
                query.text("action"),
                query.text("target_type"),
                query.instant("since"),
                query.instant("until"),
                query.cursor(CURSOR));
        int limit = query.limit();
        query.check();
        var entries = database.read(tx -> audit.list(tx, caller.workspaceId(), filter, limit + 1));
        exchange.send(200, Pages.json(entries, limit, AuditRoutes::json, Entry::id));
    }

    private static ObjectNode json(Entry entry) {
        var json = Json.object().put("id", entry.id()).put("at", Json.time(entry.at()));
        json.putObject("actor")
                .put("api_key_id", entry.apiKeyId())
                .put("operator", entry.apiKeyId().equals(Access.OPERATOR));
        json.put("action", entry.action());
        json.putObject("target").put("type", entry.targetType()).put("id", entry.targetId());
        json.set("detail", Json.parse(entry.detail()));
        return json.put("client", entry.client());
    }
}
