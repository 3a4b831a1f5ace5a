package com.aistrale.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.OnPostgres;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

@OnPostgres
class AccessRoutesOnPostgresTest extends AccessRoutesTest {
    private static Access node(Database database) {
        var random = new SecureRandom();
        var clock = InstantSource.system();
        var ids = new Ids(clock, random);
        return new Access(database, new Audit(ids, clock), ids, clock, random, null);
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
            assertThat(two.authenticate(secret, null, null).apiKeyId())
                    .isEqualTo(made.key().id());

            one.revoke(one.defaultWorkspace().id(), made.key().id());

            await().atMost(Duration.ofSeconds(2)).until(() -> refuses(two, secret));
            assertThat(refuses(one, secret)).isTrue();
        }
    }

    private static boolean refuses(Access node, String secret) {
        try {
            node.authenticate(secret, null, null);
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
            other.execute("INSERT INTO workspace (id, name, name_key, is_default, created_at)"
                    + " VALUES ('ws_0', 'default', 'default', 1, 0)");
            var node = threads.submit(() -> node(here));
            await().until(() -> !other.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                    .isEmpty());
            other.execute("COMMIT");

            assertThat(node.get().defaultWorkspace().id()).isEqualTo("ws_0");
            assertThat(other.rows("SELECT id FROM workspace")).containsExactly("ws_0");
        }
    }

    /** Each of the two counts the other as one who stays. */
    @Test
    void ofTwoAdminsOnTwoNodesWhoRevokeEachOtherOneStays() throws Exception {
        var kind = TestDatabase.postgres();
        try (var here = kind.open();
                var there = kind.open();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var one = node(here);
            var two = node(there);
            var workspace = one.defaultWorkspace().id();
            for (int i = 0; i < 20; i++) {
                var a = one.create(workspace, "a" + i);
                var b = one.create(workspace, "b" + i);
                var asA = one.authenticate(a.secret().reveal(), null, null);
                var asB = two.authenticate(b.secret().reveal(), null, null);
                var start = new CyclicBarrier(2);
                var tried = List.of(
                        threads.submit(() -> revokes(start, one, asA, b.key().id())),
                        threads.submit(() -> revokes(start, two, asB, a.key().id())));

                assertThat(List.of(tried.getFirst().get(), tried.getLast().get()))
                        .containsExactlyInAnyOrder(true, false);
                assertThat(one.hasKeys(workspace)).isTrue();
                one.revoke(workspace, a.key().id());
                one.revoke(workspace, b.key().id());
            }
        }
    }

    private static boolean revokes(CyclicBarrier start, Access node, Caller caller, String id) throws Exception {
        start.await();
        try {
            node.revoke(caller, id);
            return true;
        } catch (com.aistrale.server.kit.problem.ProblemException last) {
            assertThat(last.problem().code()).isEqualTo(ProblemCode.CONFLICT);
            return false;
        }
    }
}
