package com.aistrale.server.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PostgresLimitsTest extends LimitsContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    Database forAnotherNode() throws SQLException {
        return kind.open();
    }

    @Override
    void watchUpdates(OtherConnection other) throws SQLException {
        other.execute("CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$"
                + " BEGIN INSERT INTO seen VALUES (new.api_key_id); RETURN NULL; END $$");
        other.execute("CREATE TRIGGER watch AFTER UPDATE ON key_limit FOR EACH ROW EXECUTE FUNCTION watch()");
    }

    /** In the order of the keys, whatever the order of the units, as two nodes would wait for each other's rows. */
    @Test
    void theKeysOfABatchAreLockedInOneOrderBeforeAnyIsCounted() throws Exception {
        here.begin(caller("key_a", 10, null), 1);
        here.begin(caller("key_b", 10, null), 1);
        var b = Objects.requireNonNull(here.limits.take(caller("key_b", 10, null), "inf_b", 1));
        var a = Objects.requireNonNull(here.limits.take(caller("key_a", 10, null), "inf_a", 1));
        try (var third = kind.connect()) {
            file.execute("BEGIN");
            file.execute("SELECT 1 FROM key_limit WHERE api_key_id = 'key_a' FOR UPDATE");
            var counted = new CompletableFuture<Boolean>();
            var batch = CompletableFuture.runAsync(() -> database.write(tx -> {
                b.announce(tx);
                a.announce(tx);
                SqlKeyLimits.of(tx).announced(tx);
                counted.complete(true);
                assertThat(b.hold(tx)).isNull();
                assertThat(a.hold(tx)).isNull();
                return true;
            }));
            await().until(() -> !third.rows(
                            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
                    .isEmpty());

            third.rows("SELECT 1 FROM key_limit WHERE api_key_id = 'key_b' FOR UPDATE NOWAIT");
            assertThat(counted).isNotDone();
            file.execute("COMMIT");
            batch.get();
        }
        assertThat(file.rows("SELECT api_key_id, requests_out FROM key_limit ORDER BY 1"))
                .containsExactly("key_a|" + 2 * Bucket.MINUTE, "key_b|" + 2 * Bucket.MINUTE);
    }

    /** The first uses of a key on two nodes at the same time are both counted. */
    @Test
    void aKeyThatIsNewOnTwoNodesIsCountedOnBoth() throws Exception {
        var a = caller("key_a", 10, null);
        file.execute("BEGIN");
        file.execute("INSERT INTO key_limit VALUES ('key_a', " + Level.micros(clock.get()) + ", 10, "
                + 4 * Bucket.MINUTE + ", 0, 0)");
        var begun = CompletableFuture.runAsync(() -> here.begin(a, 1));
        try (var third = kind.connect()) {
            await().until(() -> !third.rows(
                            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
                    .isEmpty());
        }
        file.execute("COMMIT");
        begun.get();

        assertThat(file.rows("SELECT requests_out FROM key_limit")).containsExactly(String.valueOf(5 * Bucket.MINUTE));
    }
}
