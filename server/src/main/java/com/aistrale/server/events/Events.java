package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.util.List;

/** The outbox: written in the transaction that causes an event, read in an order in which nothing comes late. */
public interface Events {
    /** An event and where it stands. */
    record Appended(Position position, Event event) {}

    /** Appends in the transaction that makes the event true. */
    void append(Tx tx, Event event) throws SQLException;

    /**
     * The next events of all workspaces. Who goes on from the last one's position misses none, and sees none twice:
     * what is committed later stands behind, whichever node wrote it. So one may be shown a little after its commit,
     * while an older transaction is still running.
     *
     * @param position {@link Position#START}, or that of the last event seen
     */
    List<Appended> after(Tx tx, Position position, int limit);

    /** Behind all that can be read now: for those who want only what comes. */
    Position end(Tx tx);
}
