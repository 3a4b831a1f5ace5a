package com.aistrale.server.routing;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table {@code alias}. */
final class SqlAliasStore {
    private static final String ALIAS = "SELECT name, model, fallbacks, created_at, updated_at FROM alias ";

    /** Until the transaction ends nobody else changes the workspace's aliases. */
    void hold(Tx tx, String workspaceId) throws SQLException {
        tx.lock("alias " + workspaceId);
    }

    /** By name. */
    List<Alias> all(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery(ALIAS + "WHERE workspace_id = :workspace ORDER BY name")
                .bind("workspace", workspaceId)
                .map((row, context) -> alias(row))
                .list();
    }

    Optional<Alias> byName(Tx tx, String workspaceId, String name) {
        return tx.handle()
                .createQuery(ALIAS + "WHERE workspace_id = :workspace AND name = :name")
                .bind("workspace", workspaceId)
                .bind("name", name)
                .map((row, context) -> alias(row))
                .findFirst();
    }

    int count(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM alias WHERE workspace_id = :workspace")
                .bind("workspace", workspaceId)
                .mapTo(Integer.class)
                .one();
    }

    /** Writes it over the one of its name, or as a new one. */
    void put(Tx tx, String workspaceId, Alias alias) {
        var fallbacks = Json.array();
        alias.fallbacks().forEach(fallbacks::add);
        tx.handle()
                .createUpdate("""
                        INSERT INTO alias (workspace_id, name, model, fallbacks, created_at, updated_at)
                        VALUES (:workspace, :name, :model, :fallbacks, :created, :updated)
                        ON CONFLICT (workspace_id, name) DO UPDATE SET
                          model = excluded.model, fallbacks = excluded.fallbacks, updated_at = excluded.updated_at
                        """)
                .bind("workspace", workspaceId)
                .bind("name", alias.name())
                .bind("model", alias.model())
                .bind("fallbacks", Json.text(fallbacks))
                .bind("created", alias.createdAt().toEpochMilli())
                .bind("updated", alias.updatedAt().toEpochMilli())
                .execute();
    }

    void delete(Tx tx, String workspaceId, String name) {
        tx.handle()
                .createUpdate("DELETE FROM alias WHERE workspace_id = :workspace AND name = :name")
                .bind("workspace", workspaceId)
                .bind("name", name)
                .execute();
    }

    int deleteBatch(Tx tx, String workspaceId, int most) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM alias WHERE workspace_id = :workspace AND name IN
                          (SELECT name FROM alias WHERE workspace_id = :workspace ORDER BY name LIMIT :most)
                        """)
                .bind("workspace", workspaceId)
                .bind("most", most)
                .execute();
    }

    private static Alias alias(ResultSet row) throws SQLException {
        var fallbacks = new ArrayList<String>();
        for (var fallback : Json.parse(row.getString(3))) {
            fallbacks.add(fallback.stringValue());
        }
        return new Alias(
                row.getString(1),
                row.getString(2),
                fallbacks,
                Instant.ofEpochMilli(row.getLong(4)),
                Instant.ofEpochMilli(row.getLong(5)));
    }
}
