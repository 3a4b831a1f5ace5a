package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.Tx;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads of {@code inference}, all by its key, so that none is long and none begins at the beginning again. */
final class SqlInferenceList {
    private static final String SELECT = "SELECT " + SqlInferenceStore.COLUMNS + " FROM inference WHERE ";

    Optional<InferenceRecord> byId(Tx tx, String workspaceId, String id) {
        return tx.handle()
                .createQuery(SELECT + "workspace_id = :workspace AND id = :id")
                .bind("workspace", workspaceId)
                .bind("id", id)
                .map((row, context) -> SqlInferenceStore.record(row))
                .findFirst();
    }

    /** Newest first. @param below only lower ids */
    List<InferenceRecord> newest(Tx tx, String workspaceId, TelemetryFilter filter, @Nullable String below, int limit) {
        var where = SqlFilter.of(workspaceId, filter).below(below);
        var select = tx.handle().createQuery(SELECT + where.where() + " ORDER BY id DESC LIMIT :limit");
        return where.bindTo(select)
                .bind("limit", limit)
                .map((row, context) -> SqlInferenceStore.record(row))
                .list();
    }

    /** Those of {@code ids} that are there and pass. */
    List<InferenceRecord> among(Tx tx, String workspaceId, TelemetryFilter filter, List<String> ids) {
        var where = SqlFilter.of(workspaceId, filter);
        var select = tx.handle().createQuery(SELECT + where.where() + " AND id IN (<ids>)");
        return where.bindTo(select)
                .bindList("ids", ids)
                .map((row, context) -> SqlInferenceStore.record(row))
                .list();
    }

    /** Those run within the trace, oldest first. */
    List<InferenceRecord> ofTrace(Tx tx, String workspaceId, String traceId, int limit) {
        return tx.handle()
                .createQuery(SELECT + "workspace_id = :workspace AND trace_id = :trace ORDER BY id LIMIT :limit")
                .bind("workspace", workspaceId)
                .bind("trace", traceId)
                .bind("limit", limit)
                .map((row, context) -> SqlInferenceStore.record(row))
                .list();
    }
}
