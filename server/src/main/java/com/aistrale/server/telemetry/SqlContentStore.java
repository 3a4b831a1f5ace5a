package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The table {@code inference_content}, and the workspace's word on whether it is filled. */
final class SqlContentStore {
    private static final String PUT = """
            INSERT INTO inference_content (workspace_id, inference_id, messages, message) VALUES (?, ?, ?, ?)
            ON CONFLICT (workspace_id, inference_id) DO UPDATE SET
              messages = excluded.messages, message = excluded.message
            """;

    void put(Tx tx, String workspaceId, String inferenceId, Content content) throws SQLException {
        tx.batch(PUT, put -> {
            put.setString(1, workspaceId);
            put.setString(2, inferenceId);
            put.setString(3, content.messages());
            put.setString(4, content.message());
        });
    }

    /** By the inference's id. */
    Map<String, Content> among(Tx tx, String workspaceId, List<String> inferenceIds) {
        return tx
                .handle()
                .createQuery("SELECT inference_id, messages, message FROM inference_content"
                        + " WHERE workspace_id = :workspace AND inference_id IN (<ids>)")
                .bind("workspace", workspaceId)
                .bindList("ids", inferenceIds)
                .map((row, context) -> Map.entry(row.getString(1), new Content(row.getString(2), row.getString(3))))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    Optional<Content> byId(Tx tx, String workspaceId, String inferenceId) {
        return tx.handle()
                .createQuery("""
                        SELECT messages, message FROM inference_content
                        WHERE workspace_id = :workspace AND inference_id = :id
                        """)
                .bind("workspace", workspaceId)
                .bind("id", inferenceId)
                .map((row, context) -> new Content(row.getString(1), row.getString(2)))
                .findFirst();
    }

    boolean captures(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery("SELECT capture_content FROM workspace WHERE id = :workspace")
                .bind("workspace", workspaceId)
                .map((row, context) -> row.getInt(1) == 1)
                .findFirst()
                .orElse(false);
    }
}
