package com.aistrale.server.kit.sql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SQLite in write-ahead mode with {@code synchronous=FULL}: a commit is on the disk when it returns. Checkpoints run on
 * a thread of their own; only a log that grew past {@link #RESTART} bytes under constant load makes the writer wait, for
 * the work and not for readers: while one reads what is old, as a backup does, the log grows.
 */
public final class Sqlite implements Database.Driver {
    private static final Logger LOG = LoggerFactory.getLogger(Sqlite.class);
    private static final int READERS = 3;
    private static final long CHECKPOINT = 4L << 20;
    private static final long RESTART = 128L << 20;
    private static final long LOOK_EVERY_NANOS = 200_000_000L;
    private static final Duration AT_THE_END = Duration.ofSeconds(10);
    private static final Duration WAIT_FOR_READERS = Duration.ofMillis(5);

    /** How long none is tried after one that readers prevented; each time twice as long as before. */
    private static final long SHORTEST_PAUSE_NANOS = 400_000_000L;

    private static final long LONGEST_PAUSE_NANOS = 10_000_000_000L;

    private final Path file;
    private final Path log;
    private final Thread checkpointer;
    private final Tx checkpoints;
    private volatile boolean closed;
    private long lastLook;
    private long nextRestart;
    private long pause;

    private Sqlite(Path file) throws SQLException {
        this.file = file;
        this.log = file.resolveSibling(file.getFileName() + "-wal");
        this.checkpoints = new Tx(connect(false));
        this.checkpointer = Thread.ofPlatform().name("database-checkpoint").unstarted(this::checkpoint);
    }

    /** Opens the file, made and migrated as needed. @throws SQLException with SQLite's own words when it cannot */
    public static Database open(Path file) throws SQLException {
        forItsOwnerOnly(file);
        var driver = new Sqlite(file);
        Migrations.run(
                driver.checkpoints.connection(), Dialect.SQLITE, flyway -> flyway.dataSource(url(file), null, null));
        driver.waitForReaders(WAIT_FOR_READERS);
        driver.checkpointer.start();
        return new Database(driver);
    }

    private void waitForReaders(Duration most) throws SQLException {
        try (var pragma = checkpoints.connection().createStatement()) {
            pragma.execute("PRAGMA busy_timeout=" + most.toMillis());
        }
    }

    /** SQLite gives its log the database's mode. */
    private static void forItsOwnerOnly(Path file) throws SQLException {
        try {
            if (!Files.exists(file)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
        } catch (IOException cannot) {
            throw new SQLException("it cannot be made: " + cannot, cannot);
        }
    }

    private static String url(Path file) {
        return "jdbc:sqlite:" + file;
    }

    private Connection connect(boolean readOnly) throws SQLException {
        var properties = new Properties();
        properties.setProperty("jdbc.get_generated_keys", "false"); // else every INSERT prepares a SELECT
        var connection = DriverManager.getConnection(url(file), properties);
        try (var pragma = connection.createStatement()) {
            pragma.execute("PRAGMA busy_timeout=10000");
            pragma.execute("PRAGMA journal_mode=WAL");
            pragma.execute("PRAGMA synchronous=FULL");
            pragma.execute("PRAGMA foreign_keys=ON");
            pragma.execute("PRAGMA wal_autocheckpoint=0");
            pragma.execute("PRAGMA cache_size=-16000");
            if (readOnly) {
                pragma.execute("PRAGMA query_only=ON");
            }
        }
        return connection;
    }

    @Override
    public Tx openWriter() throws SQLException {
        var connection = connect(false);
        connection.setAutoCommit(false);
        return new Tx(connection);
    }

    @Override
    public Database.Reads openReads() throws SQLException {
        return new Readers(READERS, () -> new Tx(connect(true)));
    }

    @Override
    public Dialect dialect() {
        return Dialect.SQLITE;
    }

    @Override
    public void afterCommit() {
        long now = System.nanoTime();
        if (now - lastLook < LOOK_EVERY_NANOS) {
            return;
        }
        lastLook = now;
        long size = logSize();
        if (size > RESTART && (pause == 0 || now - nextRestart >= 0)) {
            boolean prevented = !checkpoint("RESTART");
            pause = prevented ? Math.clamp(2 * pause, SHORTEST_PAUSE_NANOS, LONGEST_PAUSE_NANOS) : 0;
            nextRestart = System.nanoTime() + pause;
        } else if (size > CHECKPOINT) {
            LockSupport.unpark(checkpointer);
        }
    }

    private long logSize() {
        try {
            return Files.size(log);
        } catch (IOException absent) {
            return 0;
        }
    }

    private void checkpoint() {
        while (!closed) {
            LockSupport.park(this);
            if (!closed) {
                checkpoint("PASSIVE");
            }
        }
    }

    /** @return whether it did all that it is to do */
    private synchronized boolean checkpoint(String mode) {
        try (var pragma = checkpoints.connection().createStatement();
                var busy = pragma.executeQuery("PRAGMA wal_checkpoint(" + mode + ")")) {
            return busy.next() && busy.getInt(1) == 0;
        } catch (SQLException failed) {
            LOG.warn("a checkpoint failed and will be tried again: {}", failed.getMessage());
            return false;
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(checkpointer);
        try {
            checkpointer.join();
            waitForReaders(AT_THE_END);
            checkpoint("TRUNCATE");
            checkpoints.connection().close();
        } catch (SQLException failed) {
            LOG.warn("closing the database: {}", failed.getMessage());
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        }
    }
}
