package com.aistrale.server.telemetry.deletion;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.sql.Database;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /api/v1/telemetry/deletions}: what is kept of an end user. */
public final class DeletionRoutes {
    private static final List<String> FIELDS = List.of("user");
    private static final int LONGEST = 512;

    private final Deletions deletions;
    private final Database database;
    private final Audit audit;
    private final Guard guard;

    public DeletionRoutes(Deletions deletions, Database database, Audit audit, Guard guard) {
        this.deletions = deletions;
        this.database = database;
        this.audit = audit;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.post("/api/v1/telemetry/deletions", guard.with(Role.ADMIN, this::delete));
    }

    private void delete(Caller caller, Exchange exchange) {
        var user = user(exchange.jsonBody());
        note(caller, user);
        var deleted = deletions.user(caller.workspaceId(), user);
        exchange.send(
                200,
                Json.object().put("deleted_inferences", deleted.inferences()).put("deleted_spans", deleted.spans()));
    }

    private static String user(ObjectNode body) {
        var reading = new Reading();
        for (var field : body.propertyNames()) {
            if (!FIELDS.contains(field)) {
                reading.mistake(
                        Pointer.ROOT.field(field), "unknown field `" + field + "`" + Nearest.hint(field, FIELDS));
            }
        }
        var user = reading.required(body, Pointer.ROOT, "user");
        boolean isText = Reading.said(body, "user") != null && body.get("user").isString();
        if (isText && (user.isEmpty() || user.length() > LONGEST)) {
            reading.mistake(Pointer.ROOT.field("user"), "must have 1 to " + LONGEST + " characters");
        }
        reading.check();
        return user;
    }

    /** Before the first batch: none is deleted that is not in the log. The id itself is among what is to be forgotten. */
    private void note(Caller caller, String user) {
        database.write(tx -> {
            audit.append(tx, caller, "telemetry.user_deleted", "user", sha256(user), Json.object());
            return true;
        });
    }

    private static String sha256(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
