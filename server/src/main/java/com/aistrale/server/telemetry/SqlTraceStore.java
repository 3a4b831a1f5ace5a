package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.time.Instant;

/** The table {@code trace}: that there is one, and when its first piece began. */
public final class SqlTraceStore {
    private static final String SEEN = """
            INSERT INTO trace (workspace_id, trace_id, started_at) VALUES (?, ?, ?)
            ON CONFLICT (workspace_id, trace_id) DO UPDATE SET started_at = excluded.started_at
              WHERE excluded.started_at < trace.started_at
            """;

    /** Notes a piece of a trace. Several nodes may serve one trace. */
    public void seen(Tx tx, String workspaceId, String traceId, Instant startedAt) throws SQLException {
        tx.batchInOrder(SEEN, workspaceId + ' ' + traceId, seen -> {
            seen.setString(1, workspaceId);
            seen.setString(2, traceId);
            seen.setLong(3, startedAt.toEpochMilli());
        });
    }
}
