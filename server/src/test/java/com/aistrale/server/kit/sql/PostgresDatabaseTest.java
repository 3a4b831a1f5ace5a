package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PostgresDatabaseTest extends DatabaseContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    String readOnly() {
        return "read-only transaction";
    }

    @Test
    void aCommitIsOnTheDisk() {
        var settings = database.write(tx -> tx.handle()
                .createQuery("SELECT current_setting('synchronous_commit') || ' ' || current_setting('fsync')")
                .mapTo(String.class)
                .one());

        assertThat(settings).isEqualTo("on on");
    }

    @Test
    void idsAreInTheOrderOfTheirBytesWhateverTheDatabasesOwnOrder() throws SQLException {
        other.execute(INSERT.formatted("ws_a"));
        other.execute(INSERT.formatted("ws_B"));
        other.execute(INSERT.formatted("ws-c"));

        assertThat(other.rows("SELECT id FROM workspace ORDER BY id")).containsExactly("ws-c", "ws_B", "ws_a");
        assertThat(other.rows("SELECT x FROM (VALUES ('ws_a'), ('ws_B'), ('ws-c')) AS all_of (x) ORDER BY x"))
                .as("without, it would be another")
                .isNotEqualTo(other.rows("SELECT id FROM workspace ORDER BY id"));
    }

    /** As its host vanished: nobody closes the connection, and PostgreSQL would keep its locks for hours. */
    @Test
    void aWriterThatVanishesWithinATransactionHoldsTheOthersUpForSecondsOnly() throws Exception {
        var vanished = kind.openWriter();
        vanished.handle().execute(INSERT.formatted("ws_1"));

        long begin = System.nanoTime();
        database.write(tx -> tx.handle().execute(INSERT.formatted("ws_1")));

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(9));
        vanished.connection().close();
    }

    @Test
    void nodesWaitForNoOtherNodesProbe() throws Exception {
        database.probe("node_1", 1);
        other.execute("BEGIN");
        other.execute("UPDATE probe SET written_at = 2");

        long begin = System.nanoTime();
        database.probe("node_2", 3);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
        other.execute("ROLLBACK");
    }

    /** A stranger's, whom this server cannot end. */
    @Test
    void aLockThatIsHeldIsGivenUpAndTheConnectionIsKept() throws Exception {
        var session = "SELECT pg_backend_pid()";
        var before = database.write(
                tx -> tx.handle().createQuery(session).mapTo(Integer.class).one());
        other.execute("BEGIN");
        other.execute(INSERT.formatted("ws_1"));

        assertThatThrownBy(() -> database.write(tx -> tx.handle().execute(INSERT.formatted("ws_1"))))
                .hasMessageContaining("database_unavailable");

        other.execute("ROLLBACK");
        var after = database.write(
                tx -> tx.handle().createQuery(session).mapTo(Integer.class).one());
        assertThat(after).isEqualTo(before);
    }
}
