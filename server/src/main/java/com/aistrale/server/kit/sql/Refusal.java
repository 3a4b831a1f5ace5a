package com.aistrale.server.kit.sql;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Failures for which the values are to blame that were to be written. */
final class Refusal {
    /** PostgreSQL's classes: what is no such value, what breaks a constraint, what is more than there is room for. */
    private static final Set<String> CLASSES = Set.of("22", "23", "54");

    /** SQLite's, for the same. A trigger's word (1811) is none about a value. */
    private static final Set<Integer> CODES = Set.of(
            SQLiteErrorCode.SQLITE_TOOBIG.code,
            SQLiteErrorCode.SQLITE_CONSTRAINT.code,
            SQLiteErrorCode.SQLITE_MISMATCH.code);

    private Refusal() {}

    static boolean is(@Nullable Throwable failed) {
        for (var cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLiteException told) {
                var code = told.getResultCode();
                return code != SQLiteErrorCode.SQLITE_CONSTRAINT_TRIGGER && CODES.contains(code.code & 0xff);
            }
            if (cause instanceof SQLException told
                    && told.getSQLState() != null
                    && told.getSQLState().length() == 5
                    && CLASSES.contains(told.getSQLState().substring(0, 2))) {
                return true;
            }
        }
        return false;
    }
}
