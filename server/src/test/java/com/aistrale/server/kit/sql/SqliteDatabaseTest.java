package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SqliteDatabaseTest extends DatabaseContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Override
    String readOnly() {
        return "readonly";
    }

    @Test
    void aCommitIsOnTheDisk() {
        var synchronous = database.<Integer>write(tx -> tx.handle()
                .createQuery("PRAGMA synchronous")
                .mapTo(Integer.class)
                .one());
        var journal = database.<String>write(tx -> tx.handle()
                .createQuery("PRAGMA journal_mode")
                .mapTo(String.class)
                .one());

        assertThat(synchronous).as("2 is FULL: every commit is synced").isEqualTo(2);
        assertThat(journal).isEqualTo("wal");
    }

    @Test
    void closingTakesTheLogIntoTheFile() throws SQLException {
        database.write(tx -> tx.handle().execute(INSERT.formatted("ws_1")));
        other.close();
        database.close();

        assertThat(folder.resolve("aistrale.db-wal"))
                .satisfiesAnyOf(
                        wal -> assertThat(wal).doesNotExist(),
                        wal -> assertThat(wal).isEmptyFile());
        open();
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void aLogThatGrewIsTakenIntoTheFileWhileTheServerRuns() {
        var text = "x".repeat(100_000);
        for (int i = 0; i < 120; i++) {
            var id = "ws_" + i;
            database.write(tx -> tx.handle()
                    .createUpdate("INSERT INTO workspace (id, name, created_at) VALUES (:id, :name, 0)")
                    .bind("id", id)
                    .bind("name", text)
                    .execute());
        }
        org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            database.write(tx -> tx.handle().execute("UPDATE workspace SET created_at = 1 WHERE id = 'ws_0'"));
            assertThat(Files.size(folder.resolve("aistrale.db"))).isGreaterThan(10_000_000L);
        });
    }

    /** As a backup reads, or a long query: the log grows, and is begun anew when the reader is done. */
    @Test
    void aLongReadHoldsNoWriteUp() throws Exception {
        other.execute("BEGIN");
        assertThat(other.rows("SELECT count(*) FROM workspace")).containsExactly("0");
        var slowest = Duration.ZERO;
        int large = 150;
        for (int i = 0; i < large + 20; i++) {
            var id = "ws_" + i;
            var text = "x".repeat(i < large ? 1_000_000 : 1);
            long begin = System.nanoTime();
            database.write(tx -> tx.handle()
                    .createUpdate("INSERT INTO workspace (id, name, created_at) VALUES (:id, :name, 0)")
                    .bind("id", id)
                    .bind("name", text)
                    .execute());
            var took = Duration.ofNanos(System.nanoTime() - begin);
            slowest = took.compareTo(slowest) > 0 ? took : slowest;
            if (i >= large) {
                Thread.sleep(50);
            }
        }
        assertThat(Files.size(folder.resolve("aistrale.db-wal"))).isGreaterThan(128L << 20);
        assertThat(slowest).isLessThan(Duration.ofSeconds(5));

        other.execute("COMMIT");
        org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            database.write(tx -> tx.handle().execute("UPDATE workspace SET created_at = 1 WHERE id = 'ws_0'"));
            assertThat(Files.size(folder.resolve("aistrale.db"))).isGreaterThan(140_000_000L);
        });
    }
}
