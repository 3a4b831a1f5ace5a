package com.aistrale.server.kit.sql;

import com.aistrale.server.kit.problem.ProblemException;
import java.sql.SQLException;

/** What is to be written together or not at all. It may be applied again after a rollback. */
@FunctionalInterface
public interface Unit {
    void apply(Tx tx) throws SQLException;

    /**
     * Called in the transaction before any unit of the batch is applied, and again where that is begun anew: for saying
     * what will be needed, so that it is locked in one order and read at once. May be called more often than applied.
     */
    default void announce(Tx tx) {}

    /** Called on the writer's thread before the batch with this unit is applied: the unit stands in that batch. */
    default void drained() {}

    /**
     * Whether nobody waits for this unit. A batch of such units alone is held for up to {@link GroupCommit#PATIENCE}, so
     * that it shares the commit of one that somebody waits for.
     */
    default boolean isPatient() {
        return false;
    }

    /**
     * Whether this unit may end in a {@link ProblemException} as a matter of course. It then runs behind a savepoint, so
     * that its word undoes what it wrote and nothing of its batch. That costs two statements more: not for hot units.
     */
    default boolean mayRefuse() {
        return false;
    }
}
