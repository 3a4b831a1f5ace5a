package com.aistrale.server.kit.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * PostgreSQL, shared by several nodes: one connection for this node's writer with {@code synchronous_commit=on}, a pool
 * for reading. Whatever is asked of a server that does not answer fails within {@link #LOGIN}, {@link #WRITTEN} or {@link #ANSWER}, and
 * connections that broke are made anew.
 */
public final class Postgres implements Database.Driver {
    /** What reaching one host may take, and what logging in may, at whichever of several hosts. */
    private static final Duration CONNECT = Duration.ofSeconds(3);

    private static final Duration LOGIN = Duration.ofSeconds(8);

    /** What an answer to the writer may take; who waits for it is to be told. */
    private static final Duration WRITTEN = Duration.ofSeconds(10);

    /**
     * How long the writer may stand still within a transaction: a host that vanishes closes no connection, and its locks
     * are the others'.
     */
    private static final Duration STANDS = Duration.ofSeconds(5);

    /** How long the writer waits for a lock: longer than a vanished one keeps it, and less than breaks the connection. */
    private static final Duration LOCKED = Duration.ofSeconds(7);

    /** What an answer to a query may take. */
    private static final Duration ANSWER = Duration.ofSeconds(30);

    /** How long a query waits for one of the pool's connections. */
    private static final Duration POOL = Duration.ofSeconds(3);

    /** How long the fate of a transaction is asked after, while the server comes back. */
    private static final Duration WITNESS = Duration.ofSeconds(5);

    private static final Duration WITNESS_PAUSE = Duration.ofMillis(100);
    private static final int READERS = 10;

    /** The first with all that is used here: xid8 and its functions. */
    private static final int OLDEST = 13;

    private static final String FATE = "SELECT pg_xact_status(?::xid8)";

    private final DatabaseUrl url;

    private Postgres(DatabaseUrl url) {
        this.url = url;
    }

    /** Without a look at the schema. */
    static Postgres of(DatabaseUrl url) {
        return new Postgres(url);
    }

    /** Opens the database, with its schema made and migrated as needed. @throws SQLException in the server's own words */
    public static Database open(DatabaseUrl url) throws SQLException {
        var driver = new Postgres(url);
        try (var connection = driver.connect(Map.of())) {
            int version = connection.getMetaData().getDatabaseMajorVersion();
            if (version < OLDEST) {
                throw new SQLException("it is PostgreSQL " + version + ", and " + OLDEST + " or newer is needed");
            }
            Migrations.run(connection, Dialect.POSTGRESQL, flyway -> flyway.dataSource(source(url)));
        }
        return new Database(driver);
    }

    /** For migrations. */
    private static PGSimpleDataSource source(DatabaseUrl url) {
        var source = new PGSimpleDataSource();
        source.setUrl(url.jdbc());
        var usual = new HashMap<>(usual());
        usual.remove("socketTimeout"); // a migration takes as long as it takes
        url.properties(usual).forEach((name, value) -> {
            try {
                source.setProperty(String.valueOf(name), String.valueOf(value));
            } catch (SQLException impossible) {
                throw new IllegalStateException("not a property: " + name, impossible);
            }
        });
        return source;
    }

    private static Map<String, String> usual() {
        return Map.of(
                "ApplicationName",
                "aistrale",
                "connectTimeout",
                String.valueOf(CONNECT.toSeconds()),
                "loginTimeout",
                String.valueOf(LOGIN.toSeconds()),
                "socketTimeout",
                String.valueOf(ANSWER.toSeconds()),
                "tcpKeepAlive",
                "true",
                "logServerErrorDetail",
                "false"); // it has the values of rows
    }

    Connection connect(Map<String, String> more) throws SQLException {
        var usual = new HashMap<>(usual());
        usual.putAll(more);
        return DriverManager.getConnection(url.jdbc(), url.properties(usual));
    }

    @Override
    public Tx openWriter() throws SQLException {
        var connection = connect(Map.of("socketTimeout", String.valueOf(WRITTEN.toSeconds())));
        try (var set = connection.createStatement()) {
            set.execute("SET synchronous_commit = on");
            set.execute("SET idle_in_transaction_session_timeout = " + STANDS.toMillis());
            set.execute("SET lock_timeout = " + LOCKED.toMillis());
            connection.setAutoCommit(false);
        } catch (SQLException broken) {
            connection.close();
            throw broken;
        }
        return new PostgresTx(connection, this::wasCommitted);
    }

    boolean wasCommitted(String transaction) throws SQLException {
        long until = System.nanoTime() + WITNESS.toNanos();
        while (true) {
            try (var connection = connect(Map.of());
                    var ask = connection.prepareStatement(FATE)) {
                ask.setString(1, transaction);
                var fate = fate(ask.executeQuery());
                if (!"in progress".equals(fate)) {
                    return "committed".equals(fate);
                }
            } catch (SQLException notYet) {
                if (System.nanoTime() - until > 0) {
                    throw notYet;
                }
            }
            if (System.nanoTime() - until > 0) {
                throw new SQLException("the transaction is in progress still");
            }
            pause();
        }
    }

    private static @Nullable String fate(java.sql.ResultSet row) throws SQLException {
        return row.next() ? row.getString(1) : null;
    }

    private static void pause() throws SQLException {
        try {
            Thread.sleep(WITNESS_PAUSE);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted", hurried);
        }
    }

    @Override
    public Database.Reads openReads() {
        var config = new HikariConfig();
        config.setPoolName("database-reader");
        config.setJdbcUrl(url.jdbc());
        config.setDataSourceProperties(url.properties(readOnly()));
        config.setReadOnly(true);
        config.setMaximumPoolSize(READERS);
        config.setConnectionTimeout(POOL.toMillis());
        config.setValidationTimeout(POOL.toMillis());
        config.setInitializationFailTimeout(-1);
        return new Pool(new HikariDataSource(config));
    }

    private static Map<String, String> readOnly() {
        var usual = new HashMap<>(usual());
        usual.put("readOnlyMode", "always");
        return usual;
    }

    /** A pool is used from virtual threads as it is: waiting for the server pins no carrier. */
    private record Pool(HikariDataSource source) implements Database.Reads {
        @Override
        public <T> T read(Database.Read<T> query) throws SQLException {
            try (var connection = source.getConnection()) {
                return query.apply(new PostgresTx(connection, transaction -> false));
            }
        }

        @Override
        public void close() {
            source.close();
        }
    }

    @Override
    public Dialect dialect() {
        return Dialect.POSTGRESQL;
    }

    @Override
    public void afterCommit() {
        // the server does what there is to do
    }

    @Override
    public AutoCloseable hear(Runnable heard) {
        return new PostgresNews(() -> connect(Map.of("socketTimeout", "0")), heard);
    }

    @Override
    public void close() {
        // the writer and the pool close what they opened
    }
}
