package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;

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
}
