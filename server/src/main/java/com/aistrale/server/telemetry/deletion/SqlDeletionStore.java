package com.aistrale.server.telemetry.deletion;

import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.SqlFilter;
import com.aistrale.server.telemetry.TelemetryFilter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds rows by their keys and deletes a few at a time. */
final class SqlDeletionStore {
    /** An inference to delete. @param traceId null when it ran in none */
    record Found(String id, @Nullable String traceId) {}

    /** Of the workspaces with a retention, by id. */
    Map<String, Integer> retentions(Tx tx) {
        return tx.handle()
                .createQuery("SELECT id, retention_days FROM workspace WHERE retention_days IS NOT NULL")
                .collectRows(Collectors.toMap(
                        row -> row.getColumn(1, String.class), row -> row.getColumn(2, Integer.class)));
    }

    /** Where so many inferences behind {@code after} end; null where no more than so many are left. */
    @Nullable
    String endOfPiece(Tx tx, String workspaceId, @Nullable String after, int count) {
        return tx.handle()
                .createQuery("SELECT id FROM inference WHERE workspace_id = :workspace AND id > :after"
                        + " ORDER BY id LIMIT 1 OFFSET :offset")
                .bind("workspace", workspaceId)
                .bind("after", after == null ? "" : after)
                .bind("offset", count - 1)
                .mapTo(String.class)
                .findFirst()
                .orElse(null);
    }

    /** Ended inferences in the order of their ids, up to {@code last}. */
    List<Found> inferences(
            Tx tx,
            String workspaceId,
            TelemetryFilter filter,
            @Nullable String after,
            @Nullable String last,
            int limit) {
        var where = SqlFilter.of(workspaceId, filter).above(after).and("id <= :last", "last", last);
        var select = tx.handle()
                .createQuery("SELECT id, trace_id FROM inference WHERE " + where.where()
                        + " AND status <> 'running' ORDER BY id LIMIT :limit");
        return where.bindTo(select)
                .bind("limit", limit)
                .map((row, context) -> new Found(row.getString(1), row.getString(2)))
                .list();
    }

    /** With its content. @return how many there were */
    int deleteInferences(Tx tx, String workspaceId, List<String> ids) {
        deleteContent(tx, workspaceId, ids);
        return delete(tx, "DELETE FROM inference WHERE workspace_id = :workspace AND id IN (<keys>)", workspaceId, ids);
    }

    /** What was said, and what is kept to be said again. */
    private static void deleteContent(Tx tx, String workspaceId, List<String> ids) {
        delete(
                tx,
                "DELETE FROM idempotency_key WHERE workspace_id = :workspace AND inference_id IN (<keys>)",
                workspaceId,
                ids);
        delete(
                tx,
                "DELETE FROM inference_content WHERE workspace_id = :workspace AND inference_id IN (<keys>)",
                workspaceId,
                ids);
    }

    /** Every inference of the workspace with an id below, or without a bound; running ones too. @return how many */
    int deleteInferencesBelow(Tx tx, String workspaceId, @Nullable String below, int limit) {
        var ids = tx.handle()
                .createQuery("SELECT id FROM inference WHERE workspace_id = :workspace"
                        + (below == null ? "" : " AND id < :below") + " ORDER BY id LIMIT :limit")
                .bindMap(below == null ? Map.of() : Map.of("below", below))
                .bind("workspace", workspaceId)
                .bind("limit", limit)
                .map((row, context) -> row.getString(1))
                .list();
        return ids.isEmpty() ? 0 : deleteInferences(tx, workspaceId, ids);
    }

    /** The traces that have one of these inferences among their spans. */
    List<String> tracesNaming(Tx tx, String workspaceId, List<String> inferenceIds) {
        return tx.handle()
                .createQuery("SELECT DISTINCT trace_id FROM span"
                        + " WHERE workspace_id = :workspace AND inference_id IN (<keys>)")
                .bind("workspace", workspaceId)
                .bindList("keys", inferenceIds)
                .map((row, context) -> row.getString(1))
                .list();
    }

    /** Traces that began before, or all, oldest first. */
    List<String> tracesBefore(Tx tx, String workspaceId, @Nullable Long startedBefore, int limit) {
        return tx.handle()
                .createQuery("SELECT trace_id FROM trace WHERE workspace_id = :workspace"
                        + (startedBefore == null ? "" : " AND started_at < :before")
                        + " ORDER BY started_at, trace_id LIMIT :limit")
                .bindMap(startedBefore == null ? Map.of() : Map.of("before", startedBefore))
                .bind("workspace", workspaceId)
                .bind("limit", limit)
                .map((row, context) -> row.getString(1))
                .list();
    }

    /** At most {@code limit} spans of a trace. @return how many there were */
    int deleteSpans(Tx tx, String workspaceId, String traceId, int limit) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM span WHERE workspace_id = :workspace AND trace_id = :trace AND span_id IN (
                          SELECT span_id FROM span WHERE workspace_id = :workspace AND trace_id = :trace
                          ORDER BY span_id LIMIT :limit)
                        """)
                .bind("workspace", workspaceId)
                .bind("trace", traceId)
                .bind("limit", limit)
                .execute();
    }

    /** The last of so many spans behind {@code after}, by trace and span; null where there are fewer. */
    String @Nullable [] endOfSpans(Tx tx, String workspaceId, String[] after, int count) {
        return tx.handle()
                .createQuery("""
                        SELECT trace_id, span_id FROM span
                        WHERE workspace_id = :workspace AND (trace_id, span_id) > (:trace, :span)
                        ORDER BY trace_id, span_id LIMIT 1 OFFSET :offset
                        """)
                .bind("workspace", workspaceId)
                .bind("trace", after[0])
                .bind("span", after[1])
                .bind("offset", count - 1)
                .map((row, context) -> new String[] {row.getString(1), row.getString(2)})
                .findFirst()
                .orElse(null);
    }

    /** Spans whose attributes name this user, by trace and span, behind {@code after} and up to {@code last}. */
    List<String[]> spansNaming(
            Tx tx, String workspaceId, String needle, String[] after, String @Nullable [] last, int limit) {
        var query = tx.handle()
                .createQuery("""
                        SELECT trace_id, span_id, attributes FROM span
                        WHERE workspace_id = :workspace AND (trace_id, span_id) > (:trace, :span)
                          %s
                          AND replace(attributes, :needle, '') <> attributes
                        ORDER BY trace_id, span_id LIMIT :limit
                        """.formatted(last == null ? "" : "AND (trace_id, span_id) <= (:lastTrace, :lastSpan)"))
                .bind("workspace", workspaceId)
                .bind("trace", after[0])
                .bind("span", after[1])
                .bind("needle", needle)
                .bind("limit", limit);
        if (last != null) {
            query.bind("lastTrace", last[0]).bind("lastSpan", last[1]);
        }
        return query.map((row, context) -> new String[] {row.getString(1), row.getString(2), row.getString(3)})
                .list();
    }

    int deleteSpan(Tx tx, String workspaceId, String traceId, String spanId) {
        return tx.handle()
                .createUpdate(
                        "DELETE FROM span WHERE workspace_id = :workspace AND trace_id = :trace AND span_id = :span")
                .bind("workspace", workspaceId)
                .bind("trace", traceId)
                .bind("span", spanId)
                .execute();
    }

    /** Traces of which nothing is left are no more. */
    void deleteEmptyTraces(Tx tx, String workspaceId, Collection<String> traceIds) {
        hold(tx, workspaceId, traceIds);
        delete(tx, """
                DELETE FROM trace WHERE workspace_id = :workspace AND trace_id IN (<keys>)
                  AND NOT EXISTS (SELECT 1 FROM span s
                    WHERE s.workspace_id = trace.workspace_id AND s.trace_id = trace.trace_id)
                  AND NOT EXISTS (SELECT 1 FROM inference i
                    WHERE i.workspace_id = trace.workspace_id AND i.trace_id = trace.trace_id)
                """, workspaceId, traceIds);
    }

    /** Of which no span is left; inferences that ran within it do not keep it. */
    int deleteTraceWithoutSpans(Tx tx, String workspaceId, String traceId) {
        return delete(tx, """
                DELETE FROM trace WHERE workspace_id = :workspace AND trace_id IN (<keys>)
                  AND NOT EXISTS (SELECT 1 FROM span s
                    WHERE s.workspace_id = trace.workspace_id AND s.trace_id = trace.trace_id)
                """, workspaceId, List.of(traceId));
    }

    /**
     * Until the transaction ends nobody adds a span to these: whoever does notes the trace in the same transaction, and
     * waits. The statements behind this one see what was added before.
     */
    void hold(Tx tx, String workspaceId, Collection<String> traceIds) {
        for (var traceId : new TreeSet<>(traceIds)) { // in one order, so that no two wait for each other
            tx.handle()
                    .createUpdate("UPDATE trace SET started_at = started_at"
                            + " WHERE workspace_id = :workspace AND trace_id = :trace")
                    .bind("workspace", workspaceId)
                    .bind("trace", traceId)
                    .execute();
        }
    }

    /** At most {@code limit} spans of any trace, or of none that is known. @return how many there were */
    int deleteSpans(Tx tx, String workspaceId, int limit) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM span WHERE workspace_id = :workspace AND (trace_id, span_id) IN (
                          SELECT trace_id, span_id FROM span WHERE workspace_id = :workspace
                          ORDER BY trace_id, span_id LIMIT :limit)
                        """)
                .bind("workspace", workspaceId)
                .bind("limit", limit)
                .execute();
    }

    private static int delete(Tx tx, String sql, String workspaceId, Collection<String> keys) {
        return keys.isEmpty()
                ? 0
                : tx.handle()
                        .createUpdate(sql)
                        .bind("workspace", workspaceId)
                        .bindList("keys", keys)
                        .execute();
    }
}
