package com.aistrale.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.OnPostgres;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

@OnPostgres
class AccessRoutesOnPostgresTest extends AccessRoutesTest {
    private static Access node(Database database) {
        var random = new SecureRandom();
        var clock = InstantSource.system();
        return new Access(database, new Ids(clock, random), clock, random, null);
    }

    @Test
    void aKeyRevokedOnOneNodeStopsOnTheOthersWithinTwoSeconds() throws Exception {
        var kind = TestDatabase.postgres();
        try (var here = kind.open();
                var there = kind.open()) {
            var one = node(here);
            var two = node(there);
            var made = one.create(one.defaultWorkspace().id(), "ci");
            var secret = made.secret().reveal();
            assertThat(two.authenticate(secret, null).apiKeyId())
                    .isEqualTo(made.key().id());

            one.revoke(one.defaultWorkspace().id(), made.key().id());

            await().atMost(Duration.ofSeconds(2)).until(() -> refuses(two, secret));
            assertThat(refuses(one, secret)).isTrue();
        }
    }

    private static boolean refuses(Access node, String secret) {
        try {
            node.authenticate(secret, null);
            return false;
        } catch (com.aistrale.server.kit.problem.ProblemException refused) {
            return true;
        }
    }

    /** The other node is held in the middle of making it. */
    @Test
    void ofNodesThatStartAtOnceOnAnEmptyDatabaseOneMakesTheFirstWorkspace() throws Exception {
        var kind = TestDatabase.postgres();
        try (var here = kind.open();
                var other = kind.connect();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            other.execute("BEGIN");
            other.execute("SELECT pg_advisory_xact_lock(hashtextextended('first workspace', 0))");
            other.execute("INSERT INTO workspace (id, name, created_at) VALUES ('ws_0', 'default', 0)");
            var node = threads.submit(() -> node(here));
            await().until(() -> !other.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                    .isEmpty());
            other.execute("COMMIT");

            assertThat(node.get().defaultWorkspace().id()).isEqualTo("ws_0");
            assertThat(other.rows("SELECT id FROM workspace")).containsExactly("ws_0");
        }
    }
}
