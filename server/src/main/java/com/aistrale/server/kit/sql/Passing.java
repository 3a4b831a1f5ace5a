package com.aistrale.server.kit.sql;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Failures for which no unit is to blame, and which may well not happen again: others work on the same rows. */
final class Passing {
    /** In this order: a deadlock, a transaction that cannot be put in order with others, a lock not had in time. */
    private static final Set<String> STATES = Set.of("40P01", "40001", "55P03");

    private Passing() {}

    static boolean is(@Nullable Throwable failed) {
        for (var cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof Unchanged) {
                return true;
            }
        }
        return isOthers(failed);
    }

    /** Whether another transaction stood in the way. */
    static boolean isOthers(@Nullable Throwable failed) {
        for (var cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException told
                    && told.getSQLState() != null
                    && STATES.contains(told.getSQLState())) {
                return true;
            }
        }
        return false;
    }
}
