package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.util.List;

/** The outbox. Rows get a {@code seq} in the order of their commits, which is the order of reading. */
public interface Events {
    /** An event and where it stands. */
    record Appended(Position position, Event event) {}

    /** Appends in the transaction that makes the event true. */
    void append(Tx tx, Event event) throws SQLException;

    /** The next events of all workspaces. */
    List<Appended> after(Tx tx, Position position, int limit);

    /** Behind all that can be read now: for those who want only what comes. */
    Position end(Tx tx);

    /** Deletes these for good: when what they tell of is deleted. */
    void delete(Tx tx, List<Position> positions) throws SQLException;
}
