package com.aistrale.server.telemetry.traces;

import com.aistrale.server.kit.sql.PostgresText;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.traces.Span.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.Query;

/** The table {@code span}. */
final class SqlSpanStore {
    private static final String COLUMNS = """
            trace_id, span_id, parent_span_id, name, kind, started_at, ended_at, status, error_message, attributes, \
            input, output, inference_id, session_id\
            """;
    private static final String ADD = """
            INSERT INTO span (workspace_id, %s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, trace_id, span_id) DO NOTHING
            """.formatted(COLUMNS);

    /** @return false when it is there already, and is left as it is */
    boolean add(Tx tx, String workspaceId, Span span) throws SQLException {
        var add = tx.prepare(ADD);
        add.setString(1, workspaceId);
        add.setString(2, span.traceId());
        add.setString(3, span.spanId());
        add.setString(4, span.parentSpanId());
        add.setString(5, PostgresText.storable(span.name()));
        add.setString(6, span.kind().wireName());
        add.setLong(7, span.startedAt().toEpochMilli());
        add.setLong(8, span.endedAt().toEpochMilli());
        add.setString(9, span.status());
        add.setString(10, PostgresText.storable(span.errorMessage()));
        add.setString(11, span.attributes());
        add.setString(12, span.input());
        add.setString(13, span.output());
        add.setString(14, span.inferenceId());
        add.setString(15, span.sessionId());
        return add.executeUpdate() == 1;
    }

    /** A span's place among its trace's. */
    record Place(long startedAt, long endedAt, String spanId) {
        static final Place FIRST = new Place(-1, 0, "");

        static Place of(Span span) {
            return new Place(span.startedAt().toEpochMilli(), span.endedAt().toEpochMilli(), span.spanId());
        }
    }

    /** @param more whether others follow */
    record Page(List<Span> spans, boolean more) {}

    /** By their start; of those that start together the longest first, as it holds the others. */
    private static final String ORDER = " ORDER BY started_at, ended_at DESC, span_id LIMIT :limit";

    private static final String BEHIND = """
            FROM span WHERE workspace_id = :workspace AND trace_id = :trace AND (started_at > :started
              OR (started_at = :started AND (ended_at < :ended OR (ended_at = :ended AND span_id > :span))))
            """ + ORDER;

    private static final String SIZES = """
            SELECT span_id, length(attributes) + coalesce(length(input), 0) + coalesce(length(output), 0) FROM span
            WHERE workspace_id = :workspace AND trace_id = :trace AND span_id IN (<ids>)
            """;

    /** Of so many the sizes are read at once: to tell them the database reads all of the texts. */
    private static final int MEASURED = 50;

    /** The spans behind a place, until there are so many of them, or so many characters: but at least one, if there is one. */
    Page ofTrace(Tx tx, String workspaceId, String traceId, Place after, int limit, long characters) {
        var ids = behind(tx, "SELECT span_id " + BEHIND, workspaceId, traceId, after, limit + 1)
                .mapTo(String.class)
                .list();
        int fit = fit(tx, workspaceId, traceId, ids.subList(0, Math.min(limit, ids.size())), characters);
        var spans = behind(tx, "SELECT " + COLUMNS + " " + BEHIND, workspaceId, traceId, after, fit)
                .map((row, context) -> span(row))
                .list();
        if (spans.isEmpty() && fit > 0) { // deleted just now: then others stand in their place
            return ofTrace(tx, workspaceId, traceId, after, limit, characters);
        }
        return new Page(spans, ids.size() > fit);
    }

    /** How many of these, from the first one on, have no more characters; at least one. */
    private static int fit(Tx tx, String workspaceId, String traceId, List<String> ids, long characters) {
        int fit = 0;
        long sum = 0;
        for (int from = 0; from < ids.size(); from += MEASURED) {
            var some = ids.subList(from, Math.min(ids.size(), from + MEASURED));
            var sizes = sizes(tx, workspaceId, traceId, some);
            for (var id : some) {
                sum += sizes.getOrDefault(id, 0L);
                if (fit > 0 && sum > characters) {
                    return fit;
                }
                fit++;
            }
        }
        return fit;
    }

    private static Map<String, Long> sizes(Tx tx, String workspaceId, String traceId, List<String> ids) {
        return tx
                .handle()
                .createQuery(SIZES)
                .bind("workspace", workspaceId)
                .bind("trace", traceId)
                .bindList("ids", ids)
                .map((row, context) -> Map.entry(row.getString(1), row.getLong(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static Query behind(Tx tx, String sql, String workspaceId, String traceId, Place after, int limit) {
        return tx.handle()
                .createQuery(sql)
                .bind("workspace", workspaceId)
                .bind("trace", traceId)
                .bind("started", after.startedAt())
                .bind("ended", after.endedAt())
                .bind("span", after.spanId())
                .bind("limit", limit);
    }

    private static Span span(ResultSet row) throws SQLException {
        return new Span(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                Kind.valueOf(row.getString(5).toUpperCase(Locale.ROOT)),
                Instant.ofEpochMilli(row.getLong(6)),
                Instant.ofEpochMilli(row.getLong(7)),
                row.getString(8).equals("error"),
                row.getString(9),
                row.getString(10),
                row.getString(11),
                row.getString(12),
                row.getString(13),
                row.getString(14));
    }
}
