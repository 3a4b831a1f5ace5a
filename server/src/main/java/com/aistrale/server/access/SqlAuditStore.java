package com.aistrale.server.access;

import com.aistrale.server.kit.sql.Tx;
import java.time.Instant;

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
}
