package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Dialect;
import com.aistrale.server.kit.sql.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** {@link Events} in the table {@code event}. */
public final class SqlEvents implements Events {
    private static final String INSERT = """
            INSERT INTO event (id, workspace_id, type, timestamp, data, test) VALUES (?, ?, ?, ?, ?, ?)
            """;

    /** One writer, so the order of the numbers is that of the commits. */
    private static final String AFTER_SQLITE = """
            SELECT 0, seq, id, workspace_id, type, timestamp, data, test FROM event
            WHERE seq > :seq ORDER BY seq LIMIT :limit
            """;

    /**
     * Numbers are drawn before commits, by several nodes: a lower one may be committed after a higher one was read. So
     * the transaction comes first in the order, and only those are read before which nothing runs any more.
     */
    private static final String AFTER_POSTGRESQL = """
            SELECT txid, seq, id, workspace_id, type, timestamp, data, test FROM event
            WHERE (txid, seq) > (:transaction, :seq)
              AND txid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)
            ORDER BY txid, seq LIMIT :limit
            """;

    private static final String STORED_SQLITE = """
            SELECT 0, seq, id, workspace_id, timestamp FROM event WHERE seq > :seq ORDER BY seq LIMIT :limit
            """;

    /** By the key that it has there; what runs does not matter, as nobody goes on from here later. */
    private static final String STORED_POSTGRESQL = """
            SELECT txid, seq, id, workspace_id, timestamp FROM event
            WHERE (txid, seq) > (:transaction, :seq) ORDER BY txid, seq LIMIT :limit
            """;

    /** {@code replace} minds the case on both, which LIKE does not. */
    private static final String CONTAINING_SQLITE = """
            SELECT 0, seq, id, workspace_id, type, timestamp, data, test FROM event
            WHERE seq > :seq AND seq <= :last AND workspace_id = :workspace AND replace(data, :text, '') <> data
            """;

    /** By the key that it has there. */
    private static final String CONTAINING_POSTGRESQL = """
            SELECT txid, seq, id, workspace_id, type, timestamp, data, test FROM event
            WHERE (txid, seq) > (:transaction, :seq) AND (txid, seq) <= (:lastTransaction, :last)
              AND workspace_id = :workspace AND replace(data, :text, '') <> data
            """;

    private static final String DELETE_SQLITE = "DELETE FROM event WHERE seq = ?";

    /** By the key that it has there. */
    private static final String DELETE_POSTGRESQL = "DELETE FROM event WHERE seq = ? AND txid = ?";

    private static final String END_SQLITE = "SELECT 0, coalesce(max(seq), 0) FROM event";

    private static final String END_POSTGRESQL =
            "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT), 0";

    /** Also by those that are deleted. */
    private static final String DRAWN_SQLITE =
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0)";

    /** Numbers are drawn from a sequence, ahead of commits and rollbacks. */
    private static final String DRAWN_POSTGRESQL =
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_seq_seq";

    /** {@link #end} was never behind it. */
    private static final String COUNTED_POSTGRESQL =
            "SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)";

    /** Of a transaction that is yet to come nobody sees an event, unless it was another cluster's; but one's own. */
    private static final String RESTORED = """
            SELECT 1 FROM event WHERE txid >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)
              AND txid <> CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) LIMIT 1
            """;

    /** All of them, as those with a low number are older. The highest go last: until then one sees that it is not done. */
    private static final String RENUMBER = """
            UPDATE event SET txid = 0 WHERE (txid, seq) IN (
              SELECT txid, seq FROM event WHERE txid > 0
                AND txid <> CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)
              ORDER BY txid, seq LIMIT 2000)
            """;

    private static final String BEGIN = """
            INSERT INTO event_reader (transaction_id, seq, name) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING
            """;

    private static final String MOVE = """
            UPDATE event_reader SET transaction_id = ?, seq = ? WHERE name = ? AND transaction_id = ? AND seq = ?
            """;

    private final Arrivals arrivals = new Arrivals();
    private final Runnable signal = arrivals::signal;

    @Override
    public Arrivals arrivals() {
        return arrivals;
    }

    @Override
    public Map<String, Event> among(Tx tx, Collection<String> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return tx
                .handle()
                .createQuery("SELECT id, workspace_id, type, timestamp, data, test FROM event WHERE id IN (<ids>)")
                .bindList("ids", List.copyOf(ids))
                .map((row, context) -> event(row, 1))
                .stream()
                .collect(Collectors.toMap(Event::id, Function.identity()));
    }

    @Override
    public long drawn(Tx tx) {
        return tx.handle()
                .createQuery(tx.dialect() == Dialect.POSTGRESQL ? DRAWN_POSTGRESQL : DRAWN_SQLITE)
                .mapTo(Long.class)
                .one();
    }

    @Override
    public void append(Tx tx, Event event) throws SQLException {
        tx.batch(INSERT, insert -> {
            insert.setString(1, event.id());
            insert.setString(2, event.workspaceId());
            insert.setString(3, event.type());
            insert.setLong(4, event.timestamp().toEpochMilli());
            insert.setString(5, event.data());
            insert.setInt(6, event.test() ? 1 : 0);
        });
        tx.afterCommit(signal);
    }

    @Override
    public List<Appended> after(Tx tx, Position position, int limit) {
        boolean shared = tx.dialect() == Dialect.POSTGRESQL;
        var query = tx.handle()
                .createQuery(shared ? AFTER_POSTGRESQL : AFTER_SQLITE)
                .bind("seq", position.seq())
                .bind("limit", limit);
        if (shared) {
            query.bind("transaction", position.transaction());
        }
        return query.map((row, context) -> appended(row)).list();
    }

    @Override
    public Optional<Position> place(Tx tx, String reader) {
        return tx.handle()
                .createQuery("SELECT transaction_id, seq FROM event_reader WHERE name = :name")
                .bind("name", reader)
                .map((row, context) -> new Position(row.getLong(1), row.getLong(2)))
                .findFirst();
    }

    @Override
    public boolean move(Tx tx, String reader, Optional<Position> from, Position to) throws SQLException {
        var write = tx.prepare(from.isPresent() ? MOVE : BEGIN);
        write.setLong(1, to.transaction());
        write.setLong(2, to.seq());
        write.setString(3, reader);
        if (from.isPresent()) {
            write.setLong(4, from.get().transaction());
            write.setLong(5, from.get().seq());
        }
        return write.executeUpdate() == 1;
    }

    @Override
    public Position end(Tx tx) {
        return tx.handle()
                .createQuery(tx.dialect() == Dialect.POSTGRESQL ? END_POSTGRESQL : END_SQLITE)
                .map((row, context) -> new Position(row.getLong(1), row.getLong(2)))
                .one();
    }

    @Override
    public boolean isKnown(Tx tx, Position position) {
        if (tx.dialect() != Dialect.POSTGRESQL) {
            return position.transaction() == 0 && position.seq() <= drawn(tx);
        }
        long counted =
                tx.handle().createQuery(COUNTED_POSTGRESQL).mapTo(Long.class).one();
        return position.transaction() <= counted && (position.transaction() > 0 || position.seq() == 0);
    }

    @Override
    public void admitRestored(Database database) {
        if (!database.isShared()) {
            return; // numbers that come with the file
        }
        while (database.write(SqlEvents::renumber) > 0) {
            // batch by batch: a writer that is held for long counts as broken
        }
    }

    /** One node does it, and others that start at the same time wait. */
    private static int renumber(Tx tx) throws SQLException {
        tx.lock("events");
        boolean due = tx.handle()
                .createQuery(RESTORED)
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
        if (!due) {
            return 0;
        }
        tx.handle().execute("DELETE FROM event_reader");
        return tx.handle().createUpdate(RENUMBER).execute();
    }

    @Override
    public List<Stored> stored(Tx tx, Position position, int limit) {
        boolean shared = tx.dialect() == Dialect.POSTGRESQL;
        var query = tx.handle()
                .createQuery(shared ? STORED_POSTGRESQL : STORED_SQLITE)
                .bind("seq", position.seq())
                .bind("limit", limit);
        if (shared) {
            query.bind("transaction", position.transaction());
        }
        return query.map((row, context) -> new Stored(
                        new Position(row.getLong(1), row.getLong(2)),
                        row.getString(3),
                        row.getString(4),
                        Instant.ofEpochMilli(row.getLong(5))))
                .list();
    }

    @Override
    public List<Appended> containing(Tx tx, String workspaceId, String text, Position from, Position to) {
        boolean shared = tx.dialect() == Dialect.POSTGRESQL;
        var query = tx.handle()
                .createQuery(shared ? CONTAINING_POSTGRESQL : CONTAINING_SQLITE)
                .bind("seq", from.seq())
                .bind("last", to.seq())
                .bind("workspace", workspaceId)
                .bind("text", text);
        if (shared) {
            query.bind("transaction", from.transaction()).bind("lastTransaction", to.transaction());
        }
        return query.map((row, context) -> appended(row)).list();
    }

    @Override
    public void delete(Tx tx, List<Position> positions) throws SQLException {
        boolean shared = tx.dialect() == Dialect.POSTGRESQL;
        for (var position : positions) {
            tx.batch(shared ? DELETE_POSTGRESQL : DELETE_SQLITE, delete -> {
                delete.setLong(1, position.seq());
                if (shared) {
                    delete.setLong(2, position.transaction());
                }
            });
        }
    }

    private static Appended appended(ResultSet row) throws SQLException {
        return new Appended(new Position(row.getLong(1), row.getLong(2)), event(row, 3));
    }

    /** @param from the column of its id */
    private static Event event(ResultSet row, int from) throws SQLException {
        return new Event(
                row.getString(from),
                row.getString(from + 1),
                row.getString(from + 2),
                Instant.ofEpochMilli(row.getLong(from + 3)),
                row.getString(from + 4),
                row.getInt(from + 5) == 1);
    }
}
