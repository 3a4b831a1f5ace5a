package com.aistrale.server.access;

import com.aistrale.server.kit.sql.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Workspaces and API keys in their tables. */
final class SqlAccessStore {
    private static final String KEY = "SELECT id, workspace_id, name, last_four, created_at, revoked_at FROM api_key ";

    void add(Tx tx, Workspace workspace, Instant now) {
        tx.handle()
                .createUpdate("INSERT INTO workspace (id, name, created_at) VALUES (:id, :name, :now)")
                .bind("id", workspace.id())
                .bind("name", workspace.name())
                .bind("now", now.toEpochMilli())
                .execute();
    }

    Optional<Workspace> firstWorkspace(Tx tx) {
        return tx.handle()
                .createQuery("SELECT id, name FROM workspace ORDER BY id LIMIT 1")
                .map((row, context) -> new Workspace(row.getString(1), row.getString(2)))
                .findFirst();
    }

    void add(Tx tx, ApiKey key, byte[] hash) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO api_key (id, workspace_id, name, hash, last_four, created_at)
                        VALUES (:id, :workspace, :name, :hash, :lastFour, :created)
                        """)
                .bind("id", key.id())
                .bind("workspace", key.workspaceId())
                .bind("name", key.name())
                .bind("hash", hash)
                .bind("lastFour", key.lastFour())
                .bind("created", key.createdAt().toEpochMilli())
                .execute();
    }

    Optional<ApiKey> byHash(Tx tx, byte[] hash) {
        return tx.handle()
                .createQuery(KEY + "WHERE hash = :hash")
                .bind("hash", hash)
                .map((row, context) -> key(row))
                .findFirst();
    }

    List<ApiKey> all(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery(KEY + "WHERE workspace_id = :workspace ORDER BY id DESC")
                .bind("workspace", workspaceId)
                .map((row, context) -> key(row))
                .list();
    }

    /** Whether there was such a key to revoke; revoking again changes nothing. */
    boolean revoke(Tx tx, String workspaceId, String id, Instant now) {
        return tx.handle()
                        .createUpdate("""
                                UPDATE api_key SET revoked_at = coalesce(revoked_at, :now)
                                WHERE workspace_id = :workspace AND id = :id
                                """)
                        .bind("workspace", workspaceId)
                        .bind("id", id)
                        .bind("now", now.toEpochMilli())
                        .execute()
                == 1;
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        return new ApiKey(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                Instant.ofEpochMilli(row.getLong(5)),
                instant(row, 6));
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }
}
