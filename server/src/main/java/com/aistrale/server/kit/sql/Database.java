package com.aistrale.server.kit.sql;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/** The database as features see it: writes through the one writer, reads beside it. Thread-safe. */
public final class Database implements AutoCloseable {
    /** A query. */
    @FunctionalInterface
    public interface Read<T> {
        T apply(Tx tx) throws SQLException;
    }

    /** How the connections of one kind of database are made and looked after. */
    interface Driver extends AutoCloseable {
        Tx openWriter() throws SQLException;

        Reads openReads() throws SQLException;

        Dialect dialect();

        /** Called on the writer's thread after each batch. */
        void afterCommit();

        /** Where several processes work on the database: calls {@code heard} when another one told. */
        default @Nullable AutoCloseable hear(Runnable heard) {
            return null;
        }

        @Override
        void close();
    }

    /** Runs queries beside the writer. */
    interface Reads extends AutoCloseable {
        <T> T read(Read<T> query) throws SQLException;

        @Override
        void close() throws SQLException;
    }

    private static final String PROBE = """
            INSERT INTO probe (node_id, written_at) VALUES (?, ?)
            ON CONFLICT (node_id) DO UPDATE SET written_at = excluded.written_at
            """;
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** A second less than what is promised, for the time that reading takes. */
    private static final Duration SHARED_TRUST = Duration.ofSeconds(1);

    private static final Duration OWN_TRUST = Duration.ofDays(1);

    private final Driver driver;
    private final GroupCommit writer;
    private final Reads readers;
    private @Nullable AutoCloseable news;

    Database(Driver driver) throws SQLException {
        this.driver = driver;
        this.readers = driver.openReads();
        this.writer = new GroupCommit(driver::openWriter, driver::afterCommit);
    }

    /** Whether other processes work on this database at the same time. */
    public boolean isShared() {
        return driver.dialect() == Dialect.POSTGRESQL;
    }

    /** How long what was read may be remembered: other nodes change rows, and say nothing. */
    public Duration trust() {
        return isShared() ? SHARED_TRUST : OWN_TRUST;
    }

    /**
     * From now on {@code heard} is called when another node has {@linkplain #tellOthers told} that there is something to
     * look at. It is quick. A shortcut for who looks by itself too: what is told while a connection is broken is not heard.
     * Nothing on a database of one process.
     */
    public void hearOthers(Runnable heard) {
        if (news == null) {
            news = driver.hear(heard);
        } else {
            throw new IllegalStateException("somebody hears already");
        }
    }

    /** Tells the other nodes, in a transaction of its own. @throws ProblemException {@code database_unavailable} */
    public void tellOthers() {
        if (isShared()) {
            read(tx -> tx.handle().execute(PostgresNews.TELL));
        }
    }

    /** Queues a write; the future completes after its commit. */
    public CompletableFuture<Void> submit(Unit unit) {
        return writer.submit(unit);
    }

    /** Whether the last write failed, so that the next one may well fail too. */
    public boolean isFailing() {
        return writer.isFailing();
    }

    /** Whether it takes nothing more, for good. */
    public boolean isClosed() {
        return writer.isClosed();
    }

    /** Whether what failed so may be in the database nevertheless. */
    public static boolean isOutcomeUnknown(ProblemException failed) {
        return failed.getCause() instanceof OutcomeUnknown;
    }

    /** Whether what failed so was refused for what was to be written, and so will be again. */
    public static boolean isRefused(ProblemException failed) {
        return Refusal.is(failed.getCause());
    }

    /** As {@link #isRefused(ProblemException)}, of what a future of {@link #submit} failed with. */
    public static boolean isRefusal(@Nullable Throwable failed) {
        return failed instanceof RuntimeException || Refusal.is(failed);
    }

    /**
     * Waits for a commit.
     *
     * @throws ProblemException {@code database_unavailable} when it failed: nothing of the unit is in the database
     */
    public static void await(CompletableFuture<Void> durable) {
        try {
            durable.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof ProblemException problem) {
                throw problem;
            }
            throw unavailable(failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw unavailable(interrupted);
        }
    }

    /** Writes and waits for the commit. A {@link ProblemException} of the unit rolls it back and comes through. */
    public <T extends @Nullable Object> T write(Read<T> unit) {
        var write = new Write<T>(unit);
        await(submit(write));
        return write.result;
    }

    /** Somebody's request, which may be refused. */
    private static final class Write<T extends @Nullable Object> implements Unit {
        private final Read<T> unit;

        /** Set before the commit that is waited for. */
        @SuppressWarnings("NullAway.Init")
        private T result;

        @SuppressWarnings("NullAway.Init")
        Write(Read<T> unit) {
            this.unit = unit;
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            result = unit.apply(tx);
        }

        @Override
        public boolean mayRefuse() {
            return true;
        }
    }

    /**
     * Writes one row over and over, the way of every record.
     *
     * @param node whose row it is: one of all would have them wait for each other
     * @throws ProblemException {@code database_unavailable}
     */
    public void probe(String node, long millis) {
        write(tx -> tx.handle().execute(PROBE, node, millis));
    }

    /** Runs a query. @throws ProblemException {@code database_unavailable} when it failed */
    public <T extends @Nullable Object> T read(Read<T> query) {
        try {
            return readers.read(query);
        } catch (SQLException | JdbiException failed) {
            throw unavailable(failed);
        }
    }

    private static ProblemException unavailable(@Nullable Throwable cause) {
        if (cause instanceof OutcomeUnknown) {
            return new ProblemException(
                    Problem.of(
                                    ProblemCode.DATABASE_UNAVAILABLE,
                                    "The connection to the database broke while it recorded the request; whether it"
                                            + " did is not known. Look before trying again.")
                            .withRetryAfter(RETRY),
                    cause);
        }
        return new ProblemException(
                Problem.of(
                                ProblemCode.DATABASE_UNAVAILABLE,
                                "The database did not take the request, so nothing was recorded. Try again; if it goes"
                                        + " on, look at the disk's free space and the server's log.")
                        .withRetryAfter(RETRY),
                cause);
    }

    private void closeNews() {
        var open = news;
        if (open != null) {
            try {
                open.close();
            } catch (Exception broken) {
                throw new IllegalStateException("closing the database", broken);
            }
        }
    }

    @Override
    public void close() {
        closeNews();
        writer.close();
        try {
            readers.close();
        } catch (SQLException broken) {
            throw new IllegalStateException("closing the database", broken);
        } finally {
            driver.close();
        }
    }
}
