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
import java.util.stream.IntStream;
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

    @Test
    void nodesThatStartAtOnceMakeOneFirstWorkspace() throws Exception {
        var kind = TestDatabase.postgres();
        try (var here = kind.open();
                var there = kind.open();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var nodes = IntStream.range(0, 8)
                    .mapToObj(i -> threads.submit(() -> node(i % 2 == 0 ? here : there)))
                    .toList();
            var first = nodes.getFirst().get().defaultWorkspace();
            for (var node : nodes) {
                assertThat(node.get().defaultWorkspace()).isEqualTo(first);
            }
        }
    }
}
