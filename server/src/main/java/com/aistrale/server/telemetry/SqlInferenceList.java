package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.Tx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads of {@code inference}, all by its key, so that none begins at the beginning again; and where a filter may pass over
 * most rows, piece by piece of the key, so that no statement is long.
 */
final class SqlInferenceList {
    private static final int PIECE = 20_000;
    private static final String SELECT = "SELECT " + SqlInferenceStore.COLUMNS + " FROM inference WHERE ";

    private final int piece;

    SqlInferenceList() {
        this(PIECE);
    }

    /** @param piece through how many rows one statement looks */
    SqlInferenceList(int piece) {
        this.piece = piece;
    }

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
        var window = TelemetryFilter.ALL.within(filter.since(), filter.until());
        if (filter.equals(window)) { // each row passes, so it ends by itself
            return newest(tx, SqlFilter.of(workspaceId, filter).below(below), limit);
        }
        var found = new ArrayList<InferenceRecord>();
        var upper = below;
        while (true) {
            var lower = lowest(tx, SqlFilter.of(workspaceId, window).below(upper));
            var where = lower == null
                    ? SqlFilter.of(workspaceId, filter)
                    : SqlFilter.of(workspaceId, filter.within(null, filter.until()))
                            .and("id >= :lower", "lower", lower);
            found.addAll(newest(tx, where.below(upper), limit - found.size()));
            if (lower == null || found.size() == limit) {
                return found;
            }
            upper = lower;
        }
    }

    private static List<InferenceRecord> newest(Tx tx, SqlFilter where, int limit) {
        var select = tx.handle().createQuery(SELECT + where.where() + " ORDER BY id DESC LIMIT :limit");
        return where.bindTo(select)
                .bind("limit", limit)
                .map((row, context) -> SqlInferenceStore.record(row))
                .list();
    }

    /** Where the piece ends; null where no more than one is left. */
    private @Nullable String lowest(Tx tx, SqlFilter where) {
        var select = tx.handle()
                .createQuery(
                        "SELECT id FROM inference WHERE " + where.where() + " ORDER BY id DESC LIMIT 1 OFFSET :offset");
        return where.bindTo(select)
                .bind("offset", piece - 1)
                .mapTo(String.class)
                .findFirst()
                .orElse(null);
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
