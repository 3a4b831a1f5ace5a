package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What must hold for an inference to begin, such as a budget that is not spent. It is decided in the transaction that
 * writes the begun row: all conditions hold and are kept, or nothing is written. May be asked again after a rollback.
 */
public interface Condition {
    /** As {@link com.aistrale.server.kit.sql.Unit#announce}. */
    default void announce(Tx tx) {}

    /**
     * Holds what it needs, such as a part of a budget.
     *
     * @return null when it holds; else what the caller is told, and nothing was written
     */
    @Nullable
    RuntimeException hold(Tx tx) throws SQLException;

    /** Takes back what {@link #hold} wrote in this transaction, as another condition does not hold. */
    void giveBack(Tx tx) throws SQLException;
}
