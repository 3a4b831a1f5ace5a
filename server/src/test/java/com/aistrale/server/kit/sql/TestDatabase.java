package com.aistrale.server.kit.sql;

import java.nio.file.Path;
import java.sql.SQLException;

/** One database of a test's own, of either kind, for suites that run on both. */
public abstract class TestDatabase {
    /** A file in this folder. */
    public static TestDatabase sqlite(Path folder) {
        var file = folder.resolve("aistrale.db");
        return new TestDatabase() {
            @Override
            public Database open() throws SQLException {
                return Sqlite.open(file);
            }

            @Override
            public OtherConnection connect() throws SQLException {
                return new SqliteFile(file);
            }

            @Override
            Tx openWriter() throws SQLException {
                var connection = new SqliteFile(file).connection();
                connection.setAutoCommit(false);
                return new Tx(connection);
            }

            @Override
            public void failInserts(OtherConnection other, String table, String message) throws SQLException {
                other.execute("CREATE TRIGGER full BEFORE INSERT ON " + table + " BEGIN SELECT raise(ABORT, '" + message
                        + "'); END");
            }

            @Override
            public void allowInserts(OtherConnection other, String table) throws SQLException {
                other.execute("DROP TRIGGER full");
            }
        };
    }

    /** A fresh one, with the schema, on the tests' PostgreSQL. */
    public static TestDatabase postgres() throws SQLException {
        return new Postgresql(PostgresServer.shared(), PostgresServer.shared().fresh());
    }

    /** As {@link #postgres}, on another server. */
    public static TestDatabase postgres(PostgresServer server) throws SQLException {
        return new Postgresql(server, server.empty());
    }

    private static final class Postgresql extends TestDatabase {
        private final PostgresServer server;
        private final DatabaseUrl url;

        Postgresql(PostgresServer server, DatabaseUrl url) {
            this.server = server;
            this.url = url;
        }

        @Override
        public Database open() throws SQLException {
            return Postgres.open(url);
        }

        @Override
        public OtherConnection connect() throws SQLException {
            return server.connect(url);
        }

        @Override
        Tx openWriter() throws SQLException {
            return Postgres.of(url).openWriter();
        }

        @Override
        public void failInserts(OtherConnection other, String table, String message) throws SQLException {
            other.execute("CREATE FUNCTION full_" + table + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE"
                    + " EXCEPTION '" + message + "'; END $$");
            other.execute("CREATE TRIGGER \"full\" BEFORE INSERT ON " + table + " FOR EACH ROW EXECUTE FUNCTION full_"
                    + table + "()");
        }

        @Override
        public void allowInserts(OtherConnection other, String table) throws SQLException {
            other.execute("DROP TRIGGER \"full\" ON " + table);
        }

        @Override
        public String toString() {
            return server.text(url);
        }
    }

    public abstract Database open() throws SQLException;

    /** Another connection. */
    public abstract OtherConnection connect() throws SQLException;

    /** A connection as the writer has it. */
    abstract Tx openWriter() throws SQLException;

    /** From now on inserts into the table fail. */
    public abstract void failInserts(OtherConnection other, String table, String message) throws SQLException;

    public abstract void allowInserts(OtherConnection other, String table) throws SQLException;
}
