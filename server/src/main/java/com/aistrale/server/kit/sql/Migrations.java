package com.aistrale.server.kit.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the schema up to {@link #LATEST}. Flyway takes a second to start, so one query asks first whether it is due. */
final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

    /** The number of the newest file in {@code db/migration}; a test compares. */
    static final int LATEST = 7;

    private Migrations() {}

    /** @param source tells Flyway where the database is */
    static void run(Connection connection, Dialect dialect, Consumer<FluentConfiguration> source) throws SQLException {
        int found = version(connection);
        if (found > LATEST) {
            throw new SQLException("the database has schema version " + found + " and this server knows " + LATEST
                    + ": it was written by a newer AISTRALE; start that version, or restore a backup");
        }
        if (found == LATEST) {
            return;
        }
        LOG.info("migrating the database from schema version {} to {}", found, LATEST);
        var flyway = Flyway.configure().locations("classpath:db/migration/" + dialect.folder());
        source.accept(flyway);
        try {
            flyway.load().migrate();
        } catch (FlywayException failed) {
            throw new SQLException("its schema cannot be migrated: " + failed.getMessage(), failed);
        }
    }

    private static int version(Connection connection) throws SQLException {
        try (var tables =
                connection.getMetaData().getTables(null, connection.getSchema(), "flyway_schema_history", null)) {
            if (!tables.next()) {
                return 0;
            }
        }
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(
                        "SELECT coalesce(max(cast(version AS integer)), 0) FROM flyway_schema_history WHERE success")) {
            return row.next() ? row.getInt(1) : 0;
        }
    }
}
