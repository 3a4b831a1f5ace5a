package com.aistrale.server.telemetry.deletion;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class PostgresDeletionsTest extends DeletionsContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    /** Two workspaces with old and young events, some of them ann's. */
    private void fill() throws Exception {
        workspace("ws_1", "1");
        workspace("ws_2", "NULL");
        fillOf("ann", "ws_1", NOW.minus(Duration.ofDays(2)), 3);
        fillOf("ann", "ws_2", NOW, 4);
        fillOf("bob", "ws_1", NOW, 5);
        fillOf("ann", "ws_1", NOW, 6);
    }

    private void deletesAll() throws Exception {
        once();
        assertThat(events("ws_1")).as("retention").isEqualTo(11);
        assertThat(deletions.user("ws_1", "ann").inferences()).isEqualTo(6);
        assertThat(events("ws_1")).as("of bob").isEqualTo(5);
        int rows = 0;
        for (int batch = 1; batch > 0; rows += batch) {
            batch = deletions.ofWorkspace("ws_1", 3);
        }
        assertThat(rows).as("inferences, their trace, events").isEqualTo(5 + 1 + 5);
        assertThat(events("ws_1")).as("workspace").isZero();
        assertThat(events("ws_2")).isEqualTo(4);
    }

    /** Readers of the stream wait for it; a deletion does not come back, and its answer says that all is gone. */
    @Test
    void aTransactionThatRunsHidesNoEvent() throws Exception {
        try (OtherConnection slow = place.connect()) {
            slow.execute("BEGIN");
            slow.execute("INSERT INTO probe (node_id, written_at) VALUES ('node_0', 0)"); // has its id now
            fill();
            deletesAll();
            slow.execute("ROLLBACK");
        }
    }

    /** From a cluster whose count of transactions was far beyond this one's. */
    @Test
    void eventsThatWereRestoredAreDeletedToo() throws Exception {
        fill();
        other.execute("UPDATE event SET txid = txid + 5000000000");
        deletesAll();
    }

    /** Another node adds a span, and its transaction is not at its end when the deletion comes to the trace. */
    private void aSpanComesLate(Runnable deletion) throws Exception {
        span("t", "s", NOW.minus(Duration.ofDays(2)));
        try (OtherConnection node = place.connect();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            node.execute("BEGIN");
            node.execute(SPAN.formatted("t", "late").replace("ann", "bob"));
            node.execute(SEEN.formatted("t", NOW.toEpochMilli()));
            var deleting = threads.submit(deletion);
            while (other.rows("SELECT 1 FROM pg_locks WHERE NOT granted").isEmpty() && !deleting.isDone()) {
                Thread.sleep(10);
            }
            node.execute("COMMIT");
            deleting.get();
        }
        assertThat(other.rows(LOST)).isEmpty();
    }

    @Test
    void aSpanOfAnotherNodeThatComesWhileItsTraceComesOfAgeHasATrace() throws Exception {
        workspace("ws_1", "1");
        aSpanComesLate(this::once);
    }

    @Test
    void aSpanOfAnotherNodeThatComesWhileAUserIsDeletedHasATrace() throws Exception {
        workspace("ws_1", "NULL");
        aSpanComesLate(() -> deletions.user("ws_1", "ann"));
        assertThat(other.rows("SELECT span_id FROM span")).containsExactly("late");
    }
}
