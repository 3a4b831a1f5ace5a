package com.aistrale.server.kit.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementException;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jspecify.annotations.Nullable;

/** A connection within a transaction (or, for reads, a snapshot). Used on one thread, never kept. */
public class Tx {
    /** Sets the parameters of one execution. */
    @FunctionalInterface
    public interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    /** What the units of one transaction have in common, such as sums that are written once for all of them. */
    public interface Shared {
        /**
         * Called when every unit of the batch has announced what it will need, before the first is applied: for locking
         * and reading it at once. The kinds come in the order of their names, as no two nodes must wait for each other.
         */
        default void announced(Tx tx) throws SQLException {}

        /**
         * Writes what is not written yet: before a savepoint, before {@link #handle} is given out, and before the commit.
         * Called once or more; asks for no handle.
         */
        void flush(Tx tx) throws SQLException;
    }

    private final Connection connection;
    private final Dialect dialect;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    /** In the order of their kinds' names. */
    private final Map<String, Shared> shared = new TreeMap<>();

    private final Set<Runnable> afterCommit = new LinkedHashSet<>();

    private @Nullable Handle handle;

    Tx(Connection connection) {
        this(connection, Dialect.SQLITE);
    }

    Tx(Connection connection, Dialect dialect) {
        this.connection = connection;
        this.dialect = dialect;
    }

    /** Which database this is. */
    public final Dialect dialect() {
        return dialect;
    }

    /**
     * What this transaction's units share of the kind; made when the first asks. It is dropped with the transaction, and
     * when a unit of it is undone: then what it wrote before is read anew.
     */
    public final <T extends Shared> T shared(Class<T> kind, Supplier<T> make) {
        var found = shared.get(kind.getName());
        if (found == null) {
            found = make.get();
            shared.put(kind.getName(), found);
        }
        return kind.cast(found);
    }

    /** All that will be needed is known. */
    final void announced() throws SQLException {
        for (var each : shared.values()) {
            each.announced(this);
        }
    }

    /** Has all write that they hold back. */
    final void flushShared() throws SQLException {
        for (var each : shared.values()) {
            each.flush(this);
        }
    }

    /** Nothing more is held back. */
    final void dropShared() {
        shared.clear();
    }

    /** Has this run once, on the writer's thread, when the transaction is committed. It is quick, and throws nothing. */
    public final void afterCommit(Runnable told) {
        afterCommit.add(told);
    }

    /** The commit is there. */
    final void committed() {
        afterCommit.forEach(Runnable::run);
        afterCommit.clear();
    }

    /** For everyday statements. Asked for anew for each of them, as gathered ones are to run before it. */
    public Handle handle() {
        try {
            flushShared();
        } catch (SQLException failed) {
            throw new BatchFailed(failed);
        }
        if (handle == null) {
            handle = open(connection);
        }
        return handle;
    }

    Handle open(Connection with) {
        var handle = Jdbi.open(with);
        handle.getConfig(StatementExceptions.class).setMessageRendering(Tx::withoutValues);
        return handle;
    }

    /** What failed goes into the log, and what was to be written may be a secret. */
    private static String withoutValues(StatementException failed) {
        var context = failed.getStatementContext();
        return failed.getShortMessage() + (context == null ? "" : " [statement: " + context.getRawSql() + "]");
    }

    /** For the hot path: a statement prepared once per connection. */
    public PreparedStatement prepare(String sql) throws SQLException {
        var statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        return statement;
    }

    /**
     * As {@link #prepare}, of a statement that neither needs what was {@linkplain #batch gathered}, nor is needed by it: so
     * that stays gathered.
     */
    public PreparedStatement apart(String sql) throws SQLException {
        return prepare(sql);
    }

    /**
     * For the hottest path: writes, and leaves open when. Executions may be gathered over the units of a batch and are
     * run before any other statement and before the commit, those of the statement that came first before the next
     * one's. So what runs so must not depend on another of these.
     */
    public void batch(String sql, Parameters parameters) throws SQLException {
        var statement = prepare(sql);
        parameters.set(statement);
        statement.executeUpdate();
    }

    /**
     * As {@link #batch}, of a statement of which each execution is to change one row, which needs no look before.
     *
     * @throws Unchanged now, or when what was gathered is run: one changed none
     */
    public void changeOne(String sql, Parameters parameters) throws SQLException {
        var statement = prepare(sql);
        parameters.set(statement);
        if (statement.executeUpdate() != 1) {
            throw new Unchanged();
        }
    }

    /**
     * As {@link #batch}, of rows that several nodes write at the same time: those of a batch are written after all
     * others, in the order of their keys, so that no two nodes wait for each other. Only what takes {@link #handle}
     * finds them written before.
     */
    public void batchInOrder(String sql, String key, Parameters parameters) throws SQLException {
        batch(sql, parameters); // SQLite: one writer
    }

    /**
     * Until this transaction ends, no other one on this database holds the lock of this name: for what must be looked
     * at and changed in one, such as "the first of its kind". Waits.
     */
    public void lock(String name) throws SQLException {
        // SQLite: the one writer of the one process is the lock
    }

    /** @throws OutcomeUnknown when the connection broke meanwhile, and it cannot be found out what became of it */
    void commit() throws SQLException {
        flushShared();
        dropShared();
        connection.commit();
    }

    /** Forgets what was gathered. */
    void rollback() throws SQLException {
        afterCommit.clear();
        dropShared();
        connection.rollback();
    }

    /** From here on {@link #undo} takes back; until {@link #release}, which comes before the next one. */
    void savepoint() throws SQLException {
        flushShared();
        prepare("SAVEPOINT unit").execute();
    }

    /** Takes back all since the savepoint, what was gathered too. */
    void undo() throws SQLException {
        dropShared(); // what they held at the savepoint is written
        control("ROLLBACK TO SAVEPOINT unit");
        release();
    }

    /** Keeps what came since the savepoint, as the rest of the transaction. */
    void release() throws SQLException {
        control("RELEASE SAVEPOINT unit");
    }

    /** Runs what neither needs what was gathered, nor is needed by it. */
    void control(String sql) throws SQLException {
        prepare(sql).execute();
    }

    final Connection connection() {
        return connection;
    }
}
