package com.aistrale.server.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PostgresEventStoreTest extends EventStoreContract {
    private static final String INSERT =
            "INSERT INTO event (id, workspace_id, type, timestamp, data)" + " VALUES ('%s', 'ws_1', 'test', 0, '{}')";

    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    /** The case for which the order is not that of the numbers alone. */
    @Test
    void aCommitThatComesLateIsNotSkipped() throws Exception {
        try (var slow = kind.connect()) {
            slow.execute("BEGIN");
            slow.execute(INSERT.formatted("evt_slow")); // has the lower number, and is not committed
            Database.await(append("evt_quick"));

            var early = after(Position.START, 10);
            assertThat(ids(early))
                    .as("what is behind a transaction that runs still waits for it")
                    .isEmpty();
            slow.execute("COMMIT");
        }

        assertThat(ids(after(Position.START, 10))).containsExactly("evt_slow", "evt_quick");
    }

    @Test
    void aTransactionThatBeganEarlierAndAppendsLaterIsNotSkipped() throws Exception {
        try (var slow = kind.connect()) {
            slow.execute("BEGIN");
            slow.execute("INSERT INTO workspace (id, name, created_at) VALUES ('ws_9', 'x', 0)"); // has its id now
            var position = read(Position.START, new ArrayList<>());
            Database.await(append("evt_quick"));
            slow.execute(INSERT.formatted("evt_slow")); // has the higher number and the lower transaction
            var read = new ArrayList<String>();
            position = read(position, read);
            slow.execute("COMMIT");
            position = read(position, read);

            assertThat(read).containsExactly("evt_slow", "evt_quick");
        }
    }

    private Position read(Position from, ArrayList<String> into) {
        var page = after(from, 100);
        into.addAll(ids(page));
        return page.isEmpty() ? from : page.getLast().position();
    }

    @Test
    void aReaderThatGoesOnWhileManyNodesWriteMissesNothing() throws Exception {
        int writers = 6;
        int each = 150;
        var done = new AtomicBoolean();
        var read = new ArrayList<String>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var reading = threads.submit(() -> {
                var position = Position.START;
                for (boolean last = false; !last; ) {
                    last = done.get();
                    var page = after(position, 50);
                    while (!page.isEmpty()) {
                        read.addAll(ids(page));
                        position = page.getLast().position();
                        page = after(position, 50);
                    }
                }
                return position;
            });
            var writing = new ArrayList<java.util.concurrent.Future<?>>();
            for (int w = 0; w < writers; w++) {
                var name = "evt_" + w + "_";
                writing.add(threads.submit(() -> {
                    try (var node = kind.connect()) {
                        for (int i = 0; i < each; i++) {
                            node.execute("BEGIN");
                            node.execute(INSERT.formatted(name + i));
                            Thread.sleep(i % 4);
                            node.execute(INSERT.formatted(name + i + "_again"));
                            node.execute("COMMIT");
                        }
                    }
                    return null;
                }));
            }
            for (var one : writing) {
                one.get();
            }
            done.set(true);
            reading.get();
        }
        assertThat(read).hasSize(writers * each * 2);
        assertThat(new HashSet<>(read)).hasSize(writers * each * 2);
    }

    @Test
    void aPositionOfAnotherDatabaseIsNotKnown() {
        Database.await(append("evt_1"));
        var last = after(Position.START, 10).getLast().position();

        assertThat(isKnown(new Position(last.transaction() + 5_000_000_000L, 1)))
                .as("of a cluster that had counted farther")
                .isFalse();
        assertThat(isKnown(new Position(0, 17))).as("of SQLite").isFalse();
    }

    /** Out of a dump, {@code txid} is a number like any other. */
    @Test
    void whatWasRestoredStandsInItsOrderAheadOfWhatComes() throws Exception {
        for (int i = 0; i < 3; i++) {
            Database.await(append("evt_" + i));
        }
        try (var restore = kind.connect()) {
            restore.execute("INSERT INTO event (txid, id, workspace_id, type, timestamp, data)"
                    + " SELECT 5000000000 + i, 'evt_far_' || i, 'ws_1', 'test', 0, '{}'"
                    + " FROM generate_series(1, 4500) AS i");
        }
        assertThat(after(Position.START, 10_000)).as("what lies in the future").hasSize(3);

        try (var another = kind.open()) {
            events.admitRestored(another); // as two nodes that start
            events.admitRestored(database);
        }
        Database.await(append("evt_new"));

        var all = ids(after(Position.START, 10_000));
        assertThat(all).hasSize(4504);
        assertThat(all.subList(0, 4)).containsExactly("evt_0", "evt_1", "evt_2", "evt_far_1");
        assertThat(all.subList(4502, 4504)).containsExactly("evt_far_4500", "evt_new");
        assertThat(database.read(tx -> events.stored(tx, Position.START, 1))
                        .getFirst()
                        .position())
                .isEqualTo(new Position(
                        0, after(Position.START, 1).getFirst().position().seq()));
    }
}
