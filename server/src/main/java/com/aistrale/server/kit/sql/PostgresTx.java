package com.aistrale.server.kit.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** A transaction of PostgreSQL: gathers {@link #batch} executions, so that many rows cost one round trip. */
final class PostgresTx extends Tx {
    /** Finds out on another connection whether a transaction was committed. */
    interface Witness {
        /** @throws SQLException when it cannot be found out */
        boolean committed(String transaction) throws SQLException;
    }

    /** Until it writes, a transaction has no id, and nothing to be lost. */
    private static final String ID = "SELECT pg_current_xact_id_if_assigned()::text";

    private static final String LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))";

    private final Witness witness;
    private final Map<String, PreparedStatement> batches = new HashMap<>();
    private final Set<PreparedStatement> gathered = new LinkedHashSet<>();
    private final Set<PreparedStatement> changingOne = new HashSet<>();
    private final Map<String, List<Ordered>> ordered = new TreeMap<>();

    private record Ordered(String key, Parameters parameters) {}

    PostgresTx(Connection connection, Witness witness) {
        super(connection, Dialect.POSTGRESQL);
        this.witness = witness;
    }

    @Override
    public Handle handle() {
        try {
            flushShared();
            flushAll();
        } catch (SQLException failed) {
            throw new BatchFailed(failed);
        }
        return super.handle();
    }

    @Override
    Handle open(Connection with) {
        var handle = super.open(with);
        handle.registerArgument(new PostgresText());
        return handle;
    }

    @Override
    public PreparedStatement prepare(String sql) throws SQLException {
        flush();
        return super.prepare(sql);
    }

    @Override
    public PreparedStatement apart(String sql) throws SQLException {
        return super.prepare(sql);
    }

    @Override
    public void batch(String sql, Parameters parameters) throws SQLException {
        gather(sql, parameters);
    }

    private PreparedStatement gather(String sql, Parameters parameters) throws SQLException {
        var statement = batches.get(sql);
        if (statement == null) {
            statement = connection().prepareStatement(sql);
            batches.put(sql, statement);
        }
        parameters.set(statement);
        statement.addBatch();
        gathered.add(statement);
        return statement;
    }

    @Override
    public void changeOne(String sql, Parameters parameters) throws SQLException {
        changingOne.add(gather(sql, parameters));
    }

    @Override
    public void batchInOrder(String sql, String key, Parameters parameters) {
        ordered.computeIfAbsent(sql, first -> new ArrayList<>()).add(new Ordered(key, parameters));
    }

    @Override
    public void lock(String name) throws SQLException {
        var statement = prepare(LOCK);
        statement.setString(1, name);
        statement.executeQuery().close();
    }

    private void flush() throws SQLException {
        if (gathered.isEmpty()) {
            return;
        }
        for (var statement : gathered) {
            var changed = statement.executeBatch();
            if (changingOne.contains(statement)) {
                for (int rows : changed) {
                    if (rows != 1) {
                        throw new Unchanged();
                    }
                }
            }
        }
        gathered.clear();
    }

    private void flushAll() throws SQLException {
        flush();
        if (ordered.isEmpty()) {
            return;
        }
        for (var executions : ordered.entrySet()) {
            executions.getValue().sort(Comparator.comparing(Ordered::key));
            for (var execution : executions.getValue()) {
                gather(executions.getKey(), execution.parameters());
            }
            flush();
        }
        ordered.clear();
    }

    @Override
    void commit() throws SQLException {
        flushShared();
        flushAll();
        dropShared();
        var id = id();
        try {
            connection().commit();
        } catch (SQLException failed) {
            if (id == null || !isLoss(failed)) {
                throw failed;
            }
            if (!wasCommitted(id, failed)) {
                throw failed;
            }
        }
    }

    /** All that was gathered before runs before, so that it is not taken back. */
    @Override
    void savepoint() throws SQLException {
        flushShared();
        flushAll();
        super.savepoint();
    }

    @Override
    void undo() throws SQLException {
        forget(); // the savepoint flushed, so all of it is of the unit
        super.undo();
    }

    @Override
    void control(String sql) throws SQLException {
        apart(sql).execute();
    }

    private @Nullable String id() throws SQLException {
        try (var row = super.prepare(ID).executeQuery()) {
            return row.next() ? row.getString(1) : null;
        }
    }

    private boolean wasCommitted(String id, SQLException failed) throws OutcomeUnknown {
        try {
            return witness.committed(id);
        } catch (SQLException noWord) {
            var unknown = new OutcomeUnknown(failed);
            unknown.addSuppressed(noWord);
            throw unknown;
        }
    }

    private void forget() throws SQLException {
        for (var statement : gathered) {
            statement.clearBatch();
        }
        gathered.clear();
        ordered.clear();
    }

    @Override
    void rollback() throws SQLException {
        forget();
        super.rollback();
        if (!connection().isValid(VALID_SECONDS)) { // a rollback before the first statement asks nobody
            throw new SQLException("the connection is not valid any more");
        }
    }

    private static final int VALID_SECONDS = 2;

    /** Whether the connection is gone, or going: class 08, and 57P01 to 57P03, the server's words when it stops. */
    static boolean isLoss(SQLException failed) {
        var state = failed.getSQLState();
        return state == null || state.startsWith("08") || state.startsWith("57P");
    }
}
