package com.aistrale.server.kit.sql;

import java.sql.SQLException;

/**
 * A row was not in the state that {@link Tx#changeOne} took it to be in. The batch is rolled back, and its units are
 * applied again: a unit that is applied for the second time looks first.
 */
public final class Unchanged extends SQLException {
    private static final long serialVersionUID = 1L;

    Unchanged() {
        super("a row was not as it was expected");
    }
}
