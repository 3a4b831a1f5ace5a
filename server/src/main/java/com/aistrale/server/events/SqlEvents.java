package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** {@link Events} in the table {@code event}. */
public final class SqlEvents implements Events {
    private static final String INSERT = """
            INSERT INTO event (id, workspace_id, type, timestamp, data) VALUES (?, ?, ?, ?, ?)
            """;

    private static final String DELETE = "DELETE FROM event WHERE seq = ?";

    @Override
    public void append(Tx tx, Event event) throws SQLException {
        var insert = tx.prepare(INSERT);
        insert.setString(1, event.id());
        insert.setString(2, event.workspaceId());
        insert.setString(3, event.type());
        insert.setLong(4, event.timestamp().toEpochMilli());
        insert.setString(5, event.data());
        insert.executeUpdate();
    }

    @Override
    public List<Appended> after(Tx tx, Position position, int limit) {
        return tx.handle()
                .createQuery("""
                        SELECT 0, seq, id, workspace_id, type, timestamp, data FROM event
                        WHERE seq > :seq ORDER BY seq LIMIT :limit
                        """)
                .bind("seq", position.seq())
                .bind("limit", limit)
                .map((row, context) -> new Appended(
                        new Position(row.getLong(1), row.getLong(2)),
                        new Event(
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                Instant.ofEpochMilli(row.getLong(6)),
                                row.getString(7))))
                .list();
    }

    @Override
    public Position end(Tx tx) {
        return tx.handle()
                .createQuery("SELECT 0, coalesce(max(seq), 0) FROM event")
                .map((row, context) -> new Position(row.getLong(1), row.getLong(2)))
                .one();
    }

    @Override
    public void delete(Tx tx, List<Position> positions) throws SQLException {
        var delete = tx.prepare(DELETE);
        for (var position : positions) {
            delete.setLong(1, position.seq());
            delete.executeUpdate();
        }
    }
}
