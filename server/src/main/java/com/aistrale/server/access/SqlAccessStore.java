package com.aistrale.server.access;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** Workspaces and API keys in their tables. */
final class SqlAccessStore {
    private static final String KEY = """
            SELECT id, workspace_id, name, role, allowed_models, last_four, created_at, expires_at, last_used_at, revoked_at,
              requests_per_minute, tokens_per_minute
            FROM api_key LEFT JOIN api_key_use ON api_key_id = id\
            """;
    private static final String WORKSPACE = """
            SELECT id, name, is_default, capture_content, retention_days, created_at
            FROM workspace\
            """;

    /** A workspace whose data is to go. */
    record Deleted(String id, Instant at) {}

    /** Whether it was added: not when its name, or the place of the default one, is taken. */
    boolean add(Tx tx, Workspace workspace) {
        var insert = tx.handle().createUpdate("""
                INSERT INTO workspace (id, name, name_key, is_default, capture_content, retention_days, created_at)
                VALUES (:id, :name, :key, :default, :capture, :retention, :created)
                ON CONFLICT DO NOTHING
                """);
        bind(insert, "default", workspace.isDefault() ? 1L : null);
        bind(insert, "retention", workspace.retentionDays());
        return insert.bind("id", workspace.id())
                        .bind("name", workspace.name())
                        .bind("key", Names.key(workspace.name()))
                        .bind("capture", workspace.captureContent() ? 1 : 0)
                        .bind("created", workspace.createdAt().toEpochMilli())
                        .execute()
                == 1;
    }

    Optional<Workspace> defaultWorkspace(Tx tx) {
        return tx.handle()
                .createQuery(WORKSPACE + " WHERE is_default = 1")
                .map((row, context) -> workspace(row))
                .findFirst();
    }

    Optional<Workspace> workspace(Tx tx, String id) {
        return tx.handle()
                .createQuery(WORKSPACE + " WHERE id = :id AND deleted_at IS NULL")
                .bind("id", id)
                .map((row, context) -> workspace(row))
                .findFirst();
    }

    /** Newest first. @param below only those with a lower id; null for all */
    List<Workspace> workspaces(Tx tx, @Nullable String below, int limit) {
        var select = tx.handle()
                .createQuery(WORKSPACE + " WHERE deleted_at IS NULL" + (below == null ? "" : " AND id < :below")
                        + " ORDER BY id DESC LIMIT :limit")
                .bind("limit", limit);
        if (below != null) {
            select.bind("below", below);
        }
        return select.map((row, context) -> workspace(row)).list();
    }

    /** Whether a living workspace other than {@code id} has the name. */
    boolean isNameTaken(Tx tx, String name, String id) {
        return tx.handle()
                        .createQuery("SELECT count(*) FROM workspace WHERE name_key = :key AND id <> :id")
                        .bind("key", Names.key(name))
                        .bind("id", id)
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    void update(Tx tx, Workspace workspace) {
        var update = tx.handle().createUpdate("""
                UPDATE workspace
                SET name = :name, name_key = :key, capture_content = :capture, retention_days = :retention
                WHERE id = :id AND deleted_at IS NULL
                """);
        bind(update, "retention", workspace.retentionDays());
        update.bind("id", workspace.id())
                .bind("name", workspace.name())
                .bind("key", Names.key(workspace.name()))
                .bind("capture", workspace.captureContent() ? 1 : 0)
                .execute();
    }

    /**
     * Holds the workspace's row until the commit, so that on other nodes a deletion, and a look at who else has a key,
     * waits. @return whether it lives
     */
    boolean hold(Tx tx, String id) {
        return tx.handle()
                        .createUpdate(
                                "UPDATE workspace SET created_at = created_at WHERE id = :id AND deleted_at IS NULL")
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /** From here on it is gone for its users; its name is free, its keys are revoked. */
    void markDeleted(Tx tx, String id, Instant now) {
        tx.handle()
                .createUpdate("UPDATE workspace SET deleted_at = :now, name_key = NULL WHERE id = :id")
                .bind("id", id)
                .bind("now", now.toEpochMilli())
                .execute();
        tx.handle()
                .createUpdate("UPDATE api_key SET revoked_at = :now WHERE workspace_id = :id AND revoked_at IS NULL")
                .bind("id", id)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    List<Deleted> deleted(Tx tx) {
        return tx.handle()
                .createQuery("SELECT id, deleted_at FROM workspace WHERE deleted_at IS NOT NULL ORDER BY id")
                .map((row, context) -> new Deleted(row.getString(1), Instant.ofEpochMilli(row.getLong(2))))
                .list();
    }

    /** The end of a deleted workspace. */
    void remove(Tx tx, String id) {
        tx.handle()
                .createUpdate("DELETE FROM workspace WHERE id = :id AND deleted_at IS NOT NULL")
                .bind("id", id)
                .execute();
    }

    /** @return how many keys of the workspace were deleted, at most {@code most} */
    int deleteKeys(Tx tx, String workspaceId, int most) {
        int count = 0;
        for (var table : List.of("api_key_use WHERE api_key_id", "api_key WHERE id")) {
            count = tx.handle()
                    .createUpdate("DELETE FROM " + table + """
                             IN (SELECT id FROM api_key WHERE workspace_id = :workspace ORDER BY id LIMIT :most)
                            """)
                    .bind("workspace", workspaceId)
                    .bind("most", most)
                    .execute();
        }
        return count;
    }

    void add(Tx tx, ApiKey key, byte[] hash) {
        var insert = tx.handle().createUpdate("""
                INSERT INTO api_key
                  (id, workspace_id, name, role, allowed_models, hash, last_four, created_at, expires_at,
                   requests_per_minute, tokens_per_minute)
                VALUES (:id, :workspace, :name, :role, :models, :hash, :lastFour, :created, :expires, :requests, :tokens)
                """);
        bind(insert, "expires", millis(key.expiresAt()));
        bind(insert, "requests", key.limits().requestsPerMinute());
        bind(insert, "tokens", key.limits().tokensPerMinute());
        insert.bind("id", key.id())
                .bind("workspace", key.workspaceId())
                .bind("name", key.name())
                .bind("role", key.role().wireName())
                .bind("models", text(key.allowedModels()))
                .bind("hash", hash)
                .bind("lastFour", key.lastFour())
                .bind("created", key.createdAt().toEpochMilli())
                .execute();
    }

    Optional<ApiKey> byHash(Tx tx, byte[] hash) {
        return tx.handle()
                .createQuery(KEY + " WHERE hash = :hash")
                .bind("hash", hash)
                .map((row, context) -> key(row))
                .findFirst();
    }

    Optional<ApiKey> key(Tx tx, String workspaceId, String id) {
        return tx.handle()
                .createQuery(KEY + " WHERE workspace_id = :workspace AND id = :id")
                .bind("workspace", workspaceId)
                .bind("id", id)
                .map((row, context) -> key(row))
                .findFirst();
    }

    /** Newest first, revoked ones too. @param below only those with a lower id; null for all */
    List<ApiKey> keys(Tx tx, String workspaceId, @Nullable String below, int limit) {
        var select = tx.handle()
                .createQuery(KEY + " WHERE workspace_id = :workspace" + (below == null ? "" : " AND id < :below")
                        + " ORDER BY id DESC LIMIT :limit")
                .bind("workspace", workspaceId)
                .bind("limit", limit);
        if (below != null) {
            select.bind("below", below);
        }
        return select.map((row, context) -> key(row)).list();
    }

    /** How many keys with the role admin open the workspace. */
    int openAdmins(Tx tx, String workspaceId, Instant now) {
        return tx.handle()
                .createQuery("""
                        SELECT count(*) FROM api_key
                        WHERE workspace_id = :workspace AND role = 'admin' AND revoked_at IS NULL
                          AND (expires_at IS NULL OR expires_at > :now)
                        """)
                .bind("workspace", workspaceId)
                .bind("now", now.toEpochMilli())
                .mapTo(Integer.class)
                .one();
    }

    /** How many of them open it without an end. */
    int lastingAdmins(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery("""
                        SELECT count(*) FROM api_key
                        WHERE workspace_id = :workspace AND role = 'admin' AND revoked_at IS NULL AND expires_at IS NULL
                        """)
                .bind("workspace", workspaceId)
                .mapTo(Integer.class)
                .one();
    }

    /** Writes name, models, expiry and limits. */
    void update(Tx tx, ApiKey key) {
        var update = tx.handle().createUpdate("""
                UPDATE api_key SET name = :name, allowed_models = :models, expires_at = :expires,
                  requests_per_minute = :requests, tokens_per_minute = :tokens
                WHERE workspace_id = :workspace AND id = :id
                """);
        bind(update, "expires", millis(key.expiresAt()));
        bind(update, "requests", key.limits().requestsPerMinute());
        bind(update, "tokens", key.limits().tokensPerMinute());
        update.bind("name", key.name())
                .bind("models", text(key.allowedModels()))
                .bind("workspace", key.workspaceId())
                .bind("id", key.id())
                .execute();
    }

    void revoke(Tx tx, String workspaceId, String id, Instant now) {
        tx.handle()
                .createUpdate("""
                        UPDATE api_key SET revoked_at = :now
                        WHERE workspace_id = :workspace AND id = :id AND revoked_at IS NULL
                        """)
                .bind("workspace", workspaceId)
                .bind("id", id)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    /** Notes a use, unless a later one is noted. */
    void used(Tx tx, String id, Instant at) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO api_key_use (api_key_id, last_used_at) VALUES (:id, :at)
                        ON CONFLICT (api_key_id) DO UPDATE SET last_used_at = excluded.last_used_at
                        WHERE api_key_use.last_used_at < excluded.last_used_at
                        """)
                .bind("id", id)
                .bind("at", at.toEpochMilli())
                .execute();
    }

    private static void bind(SqlStatement<?> statement, String name, @Nullable Number value) {
        if (value == null) {
            statement.bindNull(name, Types.BIGINT);
        } else {
            statement.bind(name, value.longValue());
        }
    }

    private static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    private static @Nullable String text(@Nullable List<String> texts) {
        if (texts == null) {
            return null;
        }
        var array = Json.array();
        texts.forEach(array::add);
        return Json.text(array);
    }

    private static @Nullable List<String> texts(@Nullable String json) {
        if (json == null) {
            return null;
        }
        var texts = new ArrayList<String>();
        Json.parse(json).forEach(text -> texts.add(text.stringValue()));
        return texts;
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        return new ApiKey(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                Role.valueOf(row.getString(4).toUpperCase(Locale.ROOT)),
                texts(row.getString(5)),
                row.getString(6),
                Instant.ofEpochMilli(row.getLong(7)),
                instant(row, 8),
                new RateLimits(number(row, 11), number(row, 12)),
                instant(row, 9),
                instant(row, 10));
    }

    private static Workspace workspace(ResultSet row) throws SQLException {
        int days = row.getInt(5);
        Integer retention = row.wasNull() ? null : Integer.valueOf(days);
        return new Workspace(
                row.getString(1),
                row.getString(2),
                row.getInt(3) == 1,
                row.getInt(4) == 1,
                retention,
                Instant.ofEpochMilli(row.getLong(6)));
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        var millis = number(row, column);
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    private static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long number = row.getLong(column);
        return row.wasNull() ? null : number;
    }
}
