package com.aistrale.server.kit.sql;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;

/** A second, independent connection to a database file: what it sees is committed. */
public final class SqliteFile extends OtherConnection {
    public SqliteFile(Path file) throws SQLException {
        super(DriverManager.getConnection("jdbc:sqlite:" + file));
        execute("PRAGMA busy_timeout=5000");
    }
}
