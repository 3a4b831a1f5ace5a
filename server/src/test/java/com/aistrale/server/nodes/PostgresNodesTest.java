package com.aistrale.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Several nodes by one clock, which the tests move. */
class PostgresNodesTest extends NodesContract {
    private static final long SECOND = 1000;
    private static final long HOUR = 3600 * SECOND;

    private final AtomicLong now = new AtomicLong(1_800_000_000_000L);
    private final List<String> ended = new ArrayList<>();

    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    private Nodes node(String id) {
        var node = new Nodes(database, id, tx -> now.get());
        node.join(tx -> {});
        return node;
    }

    private List<String> living() throws SQLException {
        return other.rows("SELECT id FROM node ORDER BY id");
    }

    @Test
    void whoIsSilentForThirtySecondsIsGoneAndWhoBeatsIsNot() throws Exception {
        try (var one = node("node_1");
                var _ = node("node_2")) {
            database.probe("node_1", 1);
            database.probe("node_2", 1);
            for (int seconds = 0; seconds < 30; seconds += 5) {
                now.addAndGet(5 * SECOND);
                one.beat();
            }
            assertThat(living()).as("after 30 s").containsExactly("node_1", "node_2");
            now.addAndGet(5 * SECOND);
            one.beat();
            assertThat(living()).as("after 35 s").containsExactly("node_1");
            assertThat(other.rows("SELECT node_id FROM probe")).containsExactly("node_1");
        }
    }

    @Test
    void itsHeirsAreCalledThenAndAtEveryBeat() throws Exception {
        var count = new AtomicInteger();
        try (var one = new Nodes(database, "node_1", tx -> now.get())) {
            one.join(tx -> count.incrementAndGet());
            now.addAndGet(5 * SECOND);
            one.beat();
            assertThat(count.get()).isEqualTo(2);
        }
    }

    @Test
    void whoWasTakenForGoneIsThereAgainWithItsNextBeat() throws Exception {
        try (var one = node("node_1");
                var two = node("node_2")) {
            other.execute("DELETE FROM node WHERE id = 'node_2'");
            now.addAndGet(5 * SECOND);
            two.beat();
            one.beat();

            assertThat(living()).containsExactly("node_1", "node_2");
        }
    }

    @Test
    void aClockThatJumpsAheadBuriesNobodyWhoSpeaks() throws Exception {
        try (var one = node("node_1");
                var two = node("node_2")) {
            now.addAndGet(HOUR);
            one.beat();
            assertThat(living()).as("nobody had the time to speak").containsExactly("node_1", "node_2");
            now.addAndGet(5 * SECOND);
            two.beat();
            one.beat();
            assertThat(living()).containsExactly("node_1", "node_2");
            for (int seconds = 0; seconds < 35; seconds += 5) {
                now.addAndGet(5 * SECOND);
                one.beat();
            }
            assertThat(living()).as("and who is silent then is gone").containsExactly("node_1");
        }
    }

    @Test
    void aClockThatJumpsBackBuriesTheSilentAndNobodyElse() throws Exception {
        try (var one = node("node_1");
                var two = node("node_2");
                var _ = node("node_3")) {
            now.addAndGet(-HOUR);
            one.beat();
            assertThat(living()).containsExactly("node_1", "node_2", "node_3");
            now.addAndGet(5 * SECOND);
            two.beat();
            one.beat();
            assertThat(living()).as("it may be late").containsExactly("node_1", "node_2", "node_3");
            for (int seconds = 0; seconds < 30; seconds += 5) {
                now.addAndGet(5 * SECOND);
                two.beat();
                one.beat();
            }

            assertThat(living())
                    .as("node_3 did not speak; its time is of another clock")
                    .containsExactly("node_1", "node_2");
        }
    }

    @Test
    void anOutageOfTheDatabaseBuriesNobody() throws Exception {
        try (var one = node("node_1");
                var two = node("node_2")) {
            now.addAndGet(120 * SECOND); // nobody could speak
            one.beat();
            two.beat();
            now.addAndGet(5 * SECOND);
            one.beat();

            assertThat(living()).containsExactly("node_1", "node_2");
        }
    }

    @Test
    void aNodeThatStartsAfterAnOutageBuriesNobodyWhomItDidNotSeeSilent() throws Exception {
        try (var one = node("node_1");
                var _ = node("node_2")) {
            now.addAndGet(120 * SECOND); // nobody could speak
            try (var three = node("node_3")) {
                assertThat(living()).containsExactly("node_1", "node_2", "node_3");
                for (int seconds = 0; seconds < 30; seconds += 5) {
                    now.addAndGet(5 * SECOND);
                    one.beat();
                    three.beat();
                }
                assertThat(living()).containsExactly("node_1", "node_2", "node_3");
                now.addAndGet(5 * SECOND);
                three.beat();
                assertThat(living()).as("silent before its eyes").containsExactly("node_1", "node_3");
            }
        }
    }

    /** Reaching a host takes one longer than another. */
    @Test
    void whoReturnsFromAnOutageLaterThanTheOthersIsNotGone() throws Exception {
        try (var one = node("node_1");
                var two = node("node_2")) {
            one.beat();
            two.beat();
            now.addAndGet(120 * SECOND);
            for (int seconds = 0; seconds < 15; seconds += 5) {
                now.addAndGet(5 * SECOND);
                one.beat();
            }
            assertThat(living()).containsExactly("node_1", "node_2");
        }
    }

    @Test
    void whatANodeSawBeforeItLostTheDatabaseCountsForNothing() throws Exception {
        var lost = new AtomicBoolean();
        try (var one = new Nodes(database, "node_1", tx -> {
                    if (lost.get()) {
                        throw new IllegalStateException("lost");
                    }
                    return now.get();
                });
                var _ = node("node_2")) {
            one.join(tx -> {});
            for (int beats = 0; beats < 6; beats++) {
                one.beat();
            }
            lost.set(true);
            assertThatThrownBy(one::beat).hasMessageContaining("database_unavailable");
            lost.set(false);
            for (int beats = 0; beats < 6; beats++) {
                one.beat();
            }
            assertThat(living()).containsExactly("node_1", "node_2");
            one.beat();
            assertThat(living()).containsExactly("node_1");
        }
    }

    @Test
    void oneNodeWorksForAllUntilItStops() {
        var one = node("node_1");
        var two = node("node_2");
        assertThat(one.mayDo("retention")).isTrue();
        assertThat(two.mayDo("retention")).isFalse();
        assertThat(two.mayDo("webhooks")).as("another work").isTrue();
        for (int minutes = 0; minutes < 60; minutes++) { // it is asked once an hour, and stays the same
            for (int seconds = 0; seconds < 60; seconds += 5) {
                now.addAndGet(5 * SECOND);
                one.beat();
            }
        }
        assertThat(two.mayDo("retention")).isFalse();
        assertThat(one.mayDo("retention")).isTrue();

        one.close();
        assertThat(two.mayDo("retention")).isTrue();
        two.close();
    }

    @Test
    void whenItIsGoneAnotherTakesOver() {
        try (var one = node("node_1");
                var two = node("node_2")) {
            assertThat(one.mayDo("retention")).isTrue();
            now.addAndGet(29 * SECOND);
            assertThat(two.mayDo("retention")).isFalse();
            now.addAndGet(2 * SECOND);
            assertThat(two.mayDo("retention")).isTrue();
            assertThat(one.mayDo("retention")).as("it woke up").isFalse();
        }
    }

    @Test
    void aLeaseFromBeforeTheClockWasSetBackBindsNobodyForAnHour() {
        try (var one = node("node_1");
                var two = node("node_2")) {
            assertThat(one.mayDo("retention")).isTrue();
            now.addAndGet(-HOUR);

            assertThat(two.mayDo("retention")).isTrue();
            assertThat(one.mayDo("retention")).isFalse();
        }
    }

    @Test
    void itBeatsByItself() throws Exception {
        try (var real = new Nodes(database, "node_real")) {
            real.join(tx -> ended.add("joined"));
            long joined = Long.parseLong(other.rows("SELECT seen_at FROM node").getFirst());
            await().atMost(Duration.ofSeconds(15))
                    .until(() -> Long.parseLong(
                                    other.rows("SELECT seen_at FROM node").getFirst())
                            > joined);
        }
    }

    @Test
    void whereItListensIsKnown() throws Exception {
        try (var one = node("node_1")) {
            one.listensOn("http://10.0.0.1:16000");
            now.addAndGet(5 * SECOND);
            one.beat();
            assertThat(other.rows("SELECT url FROM node")).containsExactly("http://10.0.0.1:16000");
        }
    }
}
