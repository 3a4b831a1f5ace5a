package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Dialect;
import com.aistrale.server.kit.sql.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** {@link Events} in the table {@code event}. */
public final class SqlEvents implements Events {
    private static final String INSERT = """
            INSERT INTO event (id, workspace_id, type, timestamp, data) VALUES (?, ?, ?, ?, ?)
            """;

    /** One writer, so the order of the numbers is that of the commits. */
    private static final String AFTER_SQLITE = """
            SELECT 0, seq, id, workspace_id, type, timestamp, data FROM event
            WHERE seq > :seq ORDER BY seq LIMIT :limit
            """;

    /**
     * Numbers are drawn before commits, by several nodes: a lower one may be committed after a higher one was read. So
     * the transaction comes first in the order, and only those are read before which nothing runs any more.
     */
    private static final String AFTER_POSTGRESQL = """
            SELECT txid, seq, id, workspace_id, type, timestamp, data FROM event
            WHERE (txid, seq) > (:transaction, :seq)
              AND txid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)
            ORDER BY txid, seq LIMIT :limit
            """;

    private static final String END_SQLITE = "SELECT 0, coalesce(max(seq), 0) FROM event";

    private static final String END_POSTGRESQL =
            "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT), 0";

    @Override
    public void append(Tx tx, Event event) throws SQLException {
        tx.batch(INSERT, insert -> {
            insert.setString(1, event.id());
            insert.setString(2, event.workspaceId());
            insert.setString(3, event.type());
            insert.setLong(4, event.timestamp().toEpochMilli());
            insert.setString(5, event.data());
        });
    }

    @Override
    public List<Appended> after(Tx tx, Position position, int limit) {
        boolean shared = tx.dialect() == Dialect.POSTGRESQL;
        var query = tx.handle()
                .createQuery(shared ? AFTER_POSTGRESQL : AFTER_SQLITE)
                .bind("seq", position.seq())
                .bind("limit", limit);
        if (shared) {
            query.bind("transaction", position.transaction());
        }
        return query.map((row, context) -> appended(row)).list();
    }

    @Override
    public Position end(Tx tx) {
        return tx.handle()
                .createQuery(tx.dialect() == Dialect.POSTGRESQL ? END_POSTGRESQL : END_SQLITE)
                .map((row, context) -> new Position(row.getLong(1), row.getLong(2)))
                .one();
    }

    private static Appended appended(ResultSet row) throws SQLException {
        return new Appended(
                new Position(row.getLong(1), row.getLong(2)),
                new Event(
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        Instant.ofEpochMilli(row.getLong(6)),
                        row.getString(7)));
    }
}
