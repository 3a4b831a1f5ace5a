package com.aistrale.server.telemetry.traces;

import com.aistrale.server.kit.sql.PostgresText;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.traces.Span.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

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

    /** By their start; of those that start together the longest first, as it holds the others. */
    List<Span> ofTrace(Tx tx, String workspaceId, String traceId, int limit) {
        return tx.handle()
                .createQuery("SELECT " + COLUMNS + " FROM span WHERE workspace_id = :workspace AND trace_id = :trace"
                        + " ORDER BY started_at, ended_at DESC, span_id LIMIT :limit")
                .bind("workspace", workspaceId)
                .bind("trace", traceId)
                .bind("limit", limit)
                .map((row, context) -> span(row))
                .list();
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
