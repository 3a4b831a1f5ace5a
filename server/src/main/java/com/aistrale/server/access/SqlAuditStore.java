package com.aistrale.server.access;

import com.aistrale.server.kit.sql.Tx;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The audit log in its table. */
final class SqlAuditStore {
    void add(
            Tx tx,
            String id,
            Instant at,
            Caller caller,
            String action,
            String targetType,
            String targetId,
            String detail) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO audit_log
                          (id, workspace_id, at, api_key_id, client, action, target_type, target_id, detail)
                        VALUES (:id, :workspace, :at, :key, :client, :action, :type, :target, :detail)
                        """)
                .bind("id", id)
                .bind("workspace", caller.workspaceId())
                .bind("at", at.toEpochMilli())
                .bind("key", caller.apiKeyId())
                .bind("client", caller.client())
                .bind("action", action)
                .bind("type", targetType)
                .bind("target", targetId)
                .bind("detail", detail)
                .execute();
    }

    /** Newest first; each null takes all, {@code from} is inclusive and {@code below} exclusive. */
    List<Audit.Entry> list(
            Tx tx,
            String workspaceId,
            @Nullable String action,
            @Nullable String targetType,
            @Nullable String from,
            @Nullable String below,
            int limit) {
        var where = new LinkedHashMap<String, @Nullable String>();
        where.put("workspace_id = :workspace", workspaceId);
        where.put("id >= :from", from);
        where.put("id < :below", below);
        where.put("action = :action", action);
        where.put("target_type = :type", targetType);
        where.values().removeIf(value -> value == null);
        var select = tx.handle()
                .createQuery("SELECT id, at, api_key_id, client, action, target_type, target_id, detail FROM audit_log"
                        + " WHERE " + String.join(" AND ", where.keySet()) + " ORDER BY id DESC LIMIT :limit")
                .bind("limit", limit);
        where.forEach((condition, value) -> select.bind(condition.substring(condition.indexOf(':') + 1), value));
        return select.map((row, context) -> new Audit.Entry(
                        row.getString(1),
                        Instant.ofEpochMilli(row.getLong(2)),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6),
                        row.getString(7),
                        row.getString(8)))
                .list();
    }

    int deleteBatch(Tx tx, String workspaceId, int most) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM audit_log WHERE workspace_id = :workspace AND id IN
                          (SELECT id FROM audit_log WHERE workspace_id = :workspace ORDER BY id LIMIT :most)
                        """)
                .bind("workspace", workspaceId)
                .bind("most", most)
                .execute();
    }
}
