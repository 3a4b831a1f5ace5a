package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;

/** The outbox. Rows get a {@code seq} in the order of their commits, which is the order of reading. */
public interface Events {
    /** Appends in the transaction that makes the event true. */
    void append(Tx tx, Event event) throws SQLException;
}
