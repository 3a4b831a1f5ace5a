package com.aistrale.server.kit.sql;

import java.sql.SQLException;
import org.jdbi.v3.core.JdbiException;

/** What was gathered could not be run, which came to light when somebody asked for the handle. */
final class BatchFailed extends JdbiException {
    private static final long serialVersionUID = 1L;

    BatchFailed(SQLException cause) {
        super(cause.getMessage(), cause);
    }
}
