package com.aistrale.server.access;

import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.Problem;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/whoami} and {@code /api/v1/api-keys}. */
public final class AccessRoutes {
    private static final int NAME_LENGTH = 100;

    private final Access access;
    private final Guard guard;
    private final Function<Caller, @Nullable String> defaultModel;

    /** @param defaultModel the caller's default model, which is another room's to know */
    public AccessRoutes(Access access, Guard guard, Function<Caller, @Nullable String> defaultModel) {
        this.access = access;
        this.guard = guard;
        this.defaultModel = defaultModel;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/whoami", guard.with(Role.VIEWER, this::whoami))
                .get("/api/v1/api-keys", guard.with(Role.ADMIN, this::list))
                .post("/api/v1/api-keys", guard.with(Role.ADMIN, this::create))
                .delete("/api/v1/api-keys/{id}", guard.with(Role.ADMIN, this::revoke));
    }

    private void whoami(Caller caller, Exchange exchange) {
        var json = Json.object();
        json.put("workspace_id", caller.workspaceId());
        json.put("workspace_name", access.defaultWorkspace().name());
        json.put("api_key_id", caller.apiKeyId());
        json.put("default_model", defaultModel.apply(caller));
        exchange.send(200, json);
    }

    private void list(Caller caller, Exchange exchange) {
        var json = Json.object();
        var data = json.putArray("data");
        access.keys(caller.workspaceId()).forEach(key -> data.add(json(key)));
        json.putNull("next_cursor");
        exchange.send(200, json);
    }

    private void create(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        for (var field : body.propertyNames()) {
            if (!field.equals("name")) {
                throw Problem.invalid(
                                Pointer.ROOT.field(field).toString(),
                                "unknown field `" + field + "`" + Nearest.hint(field, List.of("name")))
                        .exception();
            }
        }
        var name = body.path("name");
        if (!name.isString()
                || name.stringValue().isBlank()
                || name.stringValue().length() > NAME_LENGTH) {
            throw Problem.invalid("/name", "a text of 1 to " + NAME_LENGTH + " characters was expected")
                    .exception();
        }
        var made = access.create(caller.workspaceId(), name.stringValue());
        exchange.send(201, json(made.key()).put("key", made.secret().reveal()));
    }

    private void revoke(Caller caller, Exchange exchange) {
        access.revoke(caller.workspaceId(), exchange.pathParameter("id"));
        exchange.sendNothing();
    }

    private static ObjectNode json(ApiKey key) {
        return Json.object()
                .put("id", key.id())
                .put("name", key.name())
                .put("last_four", key.lastFour())
                .put("created_at", Json.time(key.createdAt()))
                .put("revoked_at", key.revokedAt() == null ? null : Json.time(key.revokedAt()));
    }
}
