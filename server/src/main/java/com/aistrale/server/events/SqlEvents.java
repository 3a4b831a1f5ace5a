package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.util.List;

/** {@link Events} in the table {@code event}. */
public final class SqlEvents implements Events {
    private static final String INSERT = """
            INSERT INTO event (id, workspace_id, type, timestamp, data) VALUES (?, ?, ?, ?, ?)
            """;

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

    /** A row's number and whose it is. */
    record Owned(long seq, String workspaceId) {}

    /** The rows behind {@code seq}, whoever's they are, in order. */
    List<Owned> behind(Tx tx, long seq, int limit) {
        return tx.handle()
                .createQuery("SELECT seq, workspace_id FROM event WHERE seq > :seq ORDER BY seq LIMIT :limit")
                .bind("seq", seq)
                .bind("limit", limit)
                .map((row, context) -> new Owned(row.getLong(1), row.getString(2)))
                .list();
    }

    int delete(Tx tx, List<Long> seqs) {
        return tx.handle()
                .createUpdate("DELETE FROM event WHERE seq IN (<seqs>)")
                .bindList("seqs", seqs)
                .execute();
    }
}
