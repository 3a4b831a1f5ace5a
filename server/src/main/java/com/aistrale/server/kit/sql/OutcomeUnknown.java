package com.aistrale.server.kit.sql;

import java.sql.SQLException;

/** The connection broke while it committed, and nobody could be asked whether it did. */
final class OutcomeUnknown extends SQLException {
    private static final long serialVersionUID = 1L;

    OutcomeUnknown(SQLException cause) {
        super("the connection broke in the commit: " + cause.getMessage(), cause.getSQLState(), cause);
    }
}
