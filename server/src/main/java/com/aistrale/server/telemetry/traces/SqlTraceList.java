package com.aistrale.server.telemetry.traces;

import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.traces.TraceQuery.Place;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Traces, added up from their spans and inferences for the few that a page shows. */
final class SqlTraceList {
    private record Spans(
            long count, long errors, long endedAt, @Nullable String sessionId) {}

    private record Inferences(
            long errors,
            @Nullable Long endedAt,
            @Nullable String sessionId,
            @Nullable Long costNanoUsd,
            long inputTokens,
            long outputTokens) {
        static final Inferences NONE = new Inferences(0, null, null, null, 0, 0);
    }

    /** Newest first. */
    List<Trace> page(Tx tx, String workspaceId, TraceQuery query, int limit) {
        var where = new ArrayList<String>(List.of("workspace_id = :workspace"));
        var values = new HashMap<String, Object>();
        values.put("workspace", workspaceId);
        if (query.since() != null) {
            where.add("started_at >= :since");
            values.put("since", query.since().toEpochMilli());
        }
        if (query.until() != null) {
            where.add("started_at < :until");
            values.put("until", query.until().toEpochMilli());
        }
        if (query.before() != null) {
            where.add("(started_at, trace_id) < (:startedAt, :traceId)");
            values.put("startedAt", query.before().startedAt());
            values.put("traceId", query.before().traceId());
        }
        if (query.sessionId() != null) {
            where.add("""
                    (EXISTS (SELECT 1 FROM span s WHERE s.workspace_id = trace.workspace_id
                        AND s.trace_id = trace.trace_id AND s.session_id = :session)
                      OR EXISTS (SELECT 1 FROM inference i WHERE i.workspace_id = trace.workspace_id
                        AND i.trace_id = trace.trace_id AND i.session_id = :session))\
                    """);
            values.put("session", query.sessionId());
        }
        var places = tx.handle()
                .createQuery("SELECT started_at, trace_id FROM trace WHERE " + String.join(" AND ", where)
                        + " ORDER BY started_at DESC, trace_id DESC LIMIT :limit")
                .bindMap(values)
                .bind("limit", limit)
                .map((row, context) -> new Place(row.getLong(1), row.getString(2)))
                .list();
        return traces(tx, workspaceId, places);
    }

    /** Empty when there is no such trace. */
    List<Trace> one(Tx tx, String workspaceId, String traceId) {
        var places = tx.handle()
                .createQuery(
                        "SELECT started_at, trace_id FROM trace WHERE workspace_id = :workspace AND trace_id = :trace")
                .bind("workspace", workspaceId)
                .bind("trace", traceId)
                .map((row, context) -> new Place(row.getLong(1), row.getString(2)))
                .list();
        return traces(tx, workspaceId, places);
    }

    private static List<Trace> traces(Tx tx, String workspaceId, List<Place> places) {
        if (places.isEmpty()) {
            return List.of();
        }
        var ids = places.stream().map(Place::traceId).toList();
        var spans = spans(tx, workspaceId, ids);
        var names = names(tx, workspaceId, ids);
        var inferences = inferences(tx, workspaceId, ids);
        var all = new ArrayList<Trace>(places.size());
        for (var place : places) {
            var told = spans.get(place.traceId());
            var run = inferences.getOrDefault(place.traceId(), Inferences.NONE);
            all.add(new Trace(
                    place.traceId(),
                    names.get(place.traceId()),
                    Instant.ofEpochMilli(place.startedAt()),
                    later(told == null ? null : told.endedAt(), run.endedAt()),
                    told == null ? 0 : told.count(),
                    told == null ? run.errors() : told.errors(),
                    told != null && told.sessionId() != null ? told.sessionId() : run.sessionId(),
                    run.costNanoUsd(),
                    run.inputTokens(),
                    run.outputTokens()));
        }
        return all;
    }

    private static @Nullable Instant later(@Nullable Long a, @Nullable Long b) {
        if (a == null || b == null) {
            return a == null ? (b == null ? null : Instant.ofEpochMilli(b)) : Instant.ofEpochMilli(a);
        }
        return Instant.ofEpochMilli(Math.max(a, b));
    }

    private static Map<String, Spans> spans(Tx tx, String workspaceId, List<String> ids) {
        var all = new LinkedHashMap<String, Spans>();
        tx.handle()
                .createQuery("""
                        SELECT trace_id, count(*), sum(CASE WHEN status = 'error' THEN 1 ELSE 0 END), max(ended_at),
                          max(session_id)
                        FROM span WHERE workspace_id = :workspace AND trace_id IN (<ids>) GROUP BY trace_id
                        """)
                .bind("workspace", workspaceId)
                .bindList("ids", ids)
                .map((row, context) -> all.put(
                        row.getString(1), new Spans(row.getLong(2), row.getLong(3), row.getLong(4), row.getString(5))))
                .forEach(previous -> {});
        return all;
    }

    /** Of the first root span; a trace whose root was not told yet has the name of its first span. */
    private static Map<String, String> names(Tx tx, String workspaceId, List<String> ids) {
        var all = new HashMap<String, String>();
        tx.handle()
                .createQuery("""
                        SELECT trace_id, name FROM (
                          SELECT trace_id, name, row_number() OVER (PARTITION BY trace_id
                            ORDER BY CASE WHEN parent_span_id IS NULL THEN 0 ELSE 1 END, started_at, ended_at DESC, span_id
                          ) AS place
                          FROM span WHERE workspace_id = :workspace AND trace_id IN (<ids>)) ranked
                        WHERE place = 1
                        """)
                .bind("workspace", workspaceId)
                .bindList("ids", ids)
                .map((row, context) -> all.put(row.getString(1), row.getString(2)))
                .forEach(previous -> {});
        return all;
    }

    /** Those that ran within the trace, and those that its spans name, each once. */
    private static Map<String, Inferences> inferences(Tx tx, String workspaceId, List<String> ids) {
        var all = new HashMap<String, Inferences>();
        tx.handle()
                .createQuery("""
                        SELECT member.trace_id, sum(CASE WHEN i.status IN ('running', 'completed') THEN 0 ELSE 1 END),
                          max(i.completed_at), max(i.session_id), sum(i.cost_nano_usd),
                          sum(i.input_tokens), sum(i.output_tokens)
                        FROM (
                          SELECT trace_id, id FROM inference WHERE workspace_id = :workspace AND trace_id IN (<ids>)
                          UNION
                          SELECT trace_id, inference_id FROM span
                          WHERE workspace_id = :workspace AND trace_id IN (<ids>) AND inference_id IS NOT NULL) member
                        JOIN inference i ON i.workspace_id = :workspace AND i.id = member.id
                        GROUP BY member.trace_id
                        """)
                .bind("workspace", workspaceId)
                .bindList("ids", ids)
                .map((row, context) -> all.put(
                        row.getString(1),
                        new Inferences(
                                row.getLong(2),
                                number(row, 3),
                                row.getString(4),
                                number(row, 5),
                                row.getLong(6),
                                row.getLong(7))))
                .forEach(previous -> {});
        return all;
    }

    private static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
