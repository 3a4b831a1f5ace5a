package com.aistrale.server.routing;

import static com.aistrale.server.routing.CircuitFixture.PATIENT;
import static com.aistrale.server.routing.CircuitFixture.broken;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.http.LogCapture;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is durable of circuits, as two nodes see them. */
@Timeout(60)
abstract class OpeningsContract {
    @TempDir
    Path folder;

    private TestDatabase kind;
    private OtherConnection other;
    private Node one;
    private Node two;

    abstract TestDatabase database(Path folder) throws Exception;

    /** Whether two nodes may work on it at the same time; else they share one process's writer. */
    abstract boolean isShared();

    /** One process. */
    private static final class Node implements AutoCloseable {
        final Database database;
        final Openings openings;
        final CircuitFixture circuits;

        Node(String id, Database database) {
            this.database = database;
            var clock = new CircuitFixture[1];
            openings = new Openings(database, new SqlEvents(), new Ids(() -> clock[0].now, new Random()), id);
            circuits = new CircuitFixture(openings::add);
            clock[0] = circuits;
        }

        /** All that was said is durable. */
        void settle() {
            await().pollInterval(Duration.ofMillis(2)).until(() -> openings.pending() == 0);
        }

        @Override
        public void close() {
            openings.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        kind = database(folder);
        other = kind.connect();
        one = new Node("node_1", kind.open());
        two = new Node("node_2", isShared() ? kind.open() : one.database);
        other.execute("INSERT INTO node (id, started_at, seen_at) VALUES ('node_1', 1, 1), ('node_2', 1, 1)");
    }

    @AfterEach
    void close() throws Exception {
        other.close();
        one.close();
        two.close();
        two.database.close();
        one.database.close();
    }

    private void settle() {
        one.settle();
        two.settle();
    }

    private List<String> rows() throws SQLException {
        return other.rows("SELECT model, opened_at, retry_at, closed_at, owner FROM circuit_opening ORDER BY id");
    }

    private List<JsonNode> events() throws SQLException {
        var all = new ArrayList<JsonNode>();
        for (var row : other.rows("SELECT type, data FROM event ORDER BY seq")) {
            var parts = row.split("\\|", 2);
            all.add(Json.object().put("type", parts[0]).set("data", Json.parse(parts[1])));
        }
        return all;
    }

    private List<String> types() throws SQLException {
        return events().stream().map(event -> event.get("type").stringValue()).toList();
    }

    private static String ms(CircuitFixture at) {
        return String.valueOf(at.now.toEpochMilli());
    }

    @Test
    void anOpeningAndItsEndAreARowAndTwoEvents() throws Exception {
        one.circuits.succeed(3);
        one.circuits.fail(3);
        one.settle();

        assertThat(other.rows("SELECT workspace_id, provider, model, reason, failure_percent, opened_at, retry_at,"
                        + " closed_at, owner FROM circuit_opening"))
                .containsExactly("ws_1|openai|gpt-4o|3 of 6 calls failed in 60 seconds; the last: OpenAI failed (500):"
                        + " Out of order.|50|1795595400000|1795595430000|null|node_1");
        assertThat(events()).containsExactly(Json.parse("""
                        {"type": "provider.failed", "data": {"provider": "openai", "model": "gpt-4o",
                         "reason": "3 of 6 calls failed in 60 seconds; the last: OpenAI failed (500): Out of order.",
                         "failure_rate": 0.5, "window_ms": 60000, "retry_at": "2026-11-25T08:30:30.000Z"}}"""));
        assertThat(other.rows("SELECT workspace_id, timestamp FROM event")).containsExactly("ws_1|1795595400000");

        one.circuits.pass(Duration.ofSeconds(31));
        one.circuits.enter().succeeded();
        one.settle();

        assertThat(rows()).containsExactly("gpt-4o|1795595400000|1795595430000|1795595431000|node_1");
        assertThat(types()).containsExactly("provider.failed", "provider.recovered");
        assertThat(events().getLast().get("data")).isEqualTo(Json.parse("""
                        {"provider": "openai", "model": "gpt-4o", "opened_at": "2026-11-25T08:30:00.000Z"}"""));
    }

    @Test
    void aFailedTryIsTheSameOpening() throws Exception {
        one.circuits.open();
        one.circuits.pass(Duration.ofSeconds(30));
        one.circuits.enter().failed(broken(), PATIENT);
        one.settle();

        assertThat(rows()).containsExactly("gpt-4o|1795595400000|1795595490000|null|node_1");
        assertThat(types()).containsExactly("provider.failed");
    }

    @Test
    void twoNodesThatOpenAtOnceAreOneRowAndOneEvent() throws Exception {
        for (int round = 0; round < 20; round++) {
            var model = "model-" + round;
            var go = new CountDownLatch(1);
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (var node : List.of(one, two)) {
                    threads.submit(() -> {
                        go.await();
                        for (int i = 0; i < 5; i++) {
                            node.circuits.enter(model).failed(broken(), PATIENT);
                        }
                        return true;
                    });
                }
                go.countDown();
            }
        }
        settle();

        assertThat(rows()).hasSize(20);
        assertThat(types()).hasSize(20).containsOnly("provider.failed");
    }

    @Test
    void whoFirstFindsThatItAnswersEndsItForAll() throws Exception {
        one.circuits.open();
        two.circuits.open();
        settle();
        two.circuits.pass(Duration.ofSeconds(30));
        two.circuits.enter().succeeded();
        two.settle();
        assertThat(types()).containsExactly("provider.failed", "provider.recovered");

        one.circuits.pass(Duration.ofSeconds(35));
        one.circuits.enter().succeeded();
        one.settle();
        assertThat(types()).as("once").containsExactly("provider.failed", "provider.recovered");
        assertThat(rows()).hasSize(1);
    }

    @Test
    void whoFindsAfterThatThatItDoesNotAnswerBeginsAnother() throws Exception {
        one.circuits.open();
        two.circuits.open();
        settle();
        two.circuits.pass(Duration.ofSeconds(30));
        two.circuits.enter().succeeded();
        two.settle();
        one.circuits.pass(Duration.ofSeconds(35));
        one.circuits.enter().failed(broken(), PATIENT);
        one.settle();

        assertThat(rows()).hasSize(2);
        assertThat(types()).containsExactly("provider.failed", "provider.recovered", "provider.failed");
    }

    @Test
    void aLateWordOfARecoveryDoesNotEndWhatOpenedAfterIt() throws Exception {
        two.circuits.pass(Duration.ofSeconds(100));
        two.circuits.open();
        two.settle();

        one.openings.add(new Turn.Recovered(new Place("ws_1", "openai", "gpt-4o"), CircuitFixture.BEGIN));
        one.settle();

        assertThat(types()).containsExactly("provider.failed");
        assertThat(rows().getFirst()).contains("|null|");
    }

    @Test
    void anotherWorkspaceIsToldByItself() throws Exception {
        one.circuits.open();
        for (int i = 0; i < 5; i++) {
            one.circuits.circuits.enter("ws_2", "openai", "gpt-4o").failed(broken(), PATIENT);
        }
        one.settle();

        assertThat(other.rows("SELECT workspace_id, type FROM event ORDER BY seq"))
                .containsExactly("ws_1|provider.failed", "ws_2|provider.failed");
    }

    @Test
    void whileTheDatabaseIsAwayItWaits() throws Exception {
        try (var log = new LogCapture()) {
            kind.failInserts(other, "event", "disk full");
            one.circuits.open();
            await().until(() -> log.text().contains("cannot record that a circuit changed, and go on trying"));
            one.circuits.pass(Duration.ofSeconds(30));
            one.circuits.enter().succeeded();
            assertThat(rows()).as("the row goes with its event").isEmpty();

            kind.allowInserts(other, "event");
            one.settle();

            assertThat(types()).containsExactly("provider.failed", "provider.recovered");
            assertThat(rows()).hasSize(1);
        }
    }

    /** Whatever it is that the database has against it: others wait behind it. */
    @Test
    void whatTheDatabaseRefusesForItselfIsDroppedAndHoldsUpNobody() throws Exception {
        one.circuits.open();
        one.settle();
        other.execute("CREATE UNIQUE INDEX no_second ON event (type)");
        try (var log = new LogCapture()) {
            openOf("gpt-5");
            one.circuits.pass(Duration.ofSeconds(31));
            one.circuits.enter().succeeded();
            one.settle();

            assertThat(log.loud())
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("it is not recorded that the circuit of openai/gpt-5 of ws_1 changed, as the"
                                    + " database refuses it: "));
        }
        assertThat(types()).containsExactly("provider.failed", "provider.recovered");
        assertThat(other.rows("SELECT model FROM circuit_opening")).containsExactly("gpt-4o");
        assertThat(one.openings.isFailing()).isFalse();
    }

    /** PostgreSQL's index has no room for it; SQLite's has. */
    @Test
    void aNameThatIsTooLongForAnIndexHoldsUpNobody() throws Exception {
        var random = new Random(1);
        var name = new StringBuilder();
        random.ints(5000, '!', '~').forEach(c -> name.append((char) c));
        openOf(name.toString());
        one.circuits.open();
        one.settle();

        assertThat(other.rows("SELECT model FROM circuit_opening WHERE model = 'gpt-4o'"))
                .hasSize(1);
    }

    private void openOf(String model) {
        for (int i = 0; i < 5; i++) {
            one.circuits.enter(model).failed(broken(), PATIENT);
        }
    }

    @Test
    void whoStopsWritesWhatIsLeft() throws Exception {
        kind.failInserts(other, "event", "disk full");
        one.circuits.open();
        await().until(() -> one.openings.isFailing());
        kind.allowInserts(other, "event");

        one.close();

        assertThat(types()).containsExactly("provider.failed");
    }

    @Test
    void whoStopsWithoutTheDatabaseSaysWhatIsLost() throws Exception {
        try (var log = new LogCapture()) {
            kind.failInserts(other, "event", "disk full");
            one.circuits.open();
            one.close();
            kind.allowInserts(other, "event");
            assertThat(log.loud()).contains("1 changes of circuits are not recorded");
        }
        assertThat(rows()).isEmpty();
    }

    @Test
    void writtenTwiceIsAsWrittenOnce() throws Exception {
        one.circuits.open();
        one.openings.add(one.circuits.turns.getLast());
        one.settle();
        assertThat(types()).containsExactly("provider.failed");

        one.circuits.pass(Duration.ofSeconds(30));
        one.circuits.enter().succeeded();
        one.openings.add(one.circuits.turns.getLast());
        one.settle();
        assertThat(types()).containsExactly("provider.failed", "provider.recovered");
    }

    private void heirIsTwo() throws Exception {
        other.execute("DELETE FROM node WHERE id = 'node_1'");
        two.database.write(tx -> {
            two.openings.inherit(tx, two.circuits.circuits);
            return true;
        });
    }

    @Test
    void heirsTakeOverWhatTheGoneLeftOpenAndTellWhenItAnswers() throws Exception {
        one.circuits.open();
        for (int i = 0; i < 5; i++) {
            two.circuits.enter("gpt-5").failed(broken(), PATIENT);
        }
        settle();
        heirIsTwo();
        assertThat(other.rows("SELECT model, closed_at, owner FROM circuit_opening ORDER BY model"))
                .containsExactly("gpt-4o|null|node_2", "gpt-5|null|node_2");
        assertThat(two.circuits.isOpen()).as("each node finds out for itself").isFalse();
        two.circuits.pass(Duration.ofSeconds(7));

        two.circuits.enter().succeeded();
        two.circuits.enter().succeeded();
        two.settle();

        assertThat(types()).containsExactly("provider.failed", "provider.failed", "provider.recovered");
        assertThat(events().getLast().get("data")).isEqualTo(Json.parse("""
                        {"provider": "openai", "model": "gpt-4o", "opened_at": "2026-11-25T08:30:00.000Z"}"""));
        assertThat(other.rows("SELECT model, closed_at FROM circuit_opening ORDER BY model"))
                .containsExactly("gpt-4o|" + ms(two.circuits), "gpt-5|null");
    }

    @Test
    void whatTheGoneLeftOpenAndStillFailsIsNotToldAgain() throws Exception {
        one.circuits.open();
        one.settle();
        heirIsTwo();

        two.circuits.open();
        two.settle();
        assertThat(types()).containsExactly("provider.failed");

        two.circuits.pass(Duration.ofSeconds(30));
        two.circuits.enter().succeeded();
        two.circuits.enter().succeeded();
        two.settle();
        assertThat(types()).containsExactly("provider.failed", "provider.recovered");
    }

    @Test
    void whatAnHeirSeesOpenItselfIsOneOpening() throws Exception {
        two.circuits.open();
        two.settle();
        one.circuits.open();
        one.settle();
        heirIsTwo();
        two.circuits.pass(Duration.ofSeconds(30));
        two.circuits.enter().failed(broken(), PATIENT);
        two.settle();
        assertThat(types()).containsExactly("provider.failed");

        two.circuits.pass(Duration.ofSeconds(60));
        two.circuits.enter().succeeded();
        two.circuits.enter().succeeded();
        two.settle();
        assertThat(types()).containsExactly("provider.failed", "provider.recovered");
    }

    @Test
    void whatWasInheritedAndIsForgottenEndsWithoutAnEvent() throws Exception {
        one.circuits.open();
        one.settle();
        heirIsTwo();

        two.circuits.circuits.forget(CircuitFixture.WORKSPACE);
        two.settle();

        assertThat(types()).containsExactly("provider.failed");
        assertThat(rows().getFirst()).doesNotContain("null");
    }

    @Test
    void whoSawItLastHasItSoThatItOutlivesTheOneThatSawItFirst() throws Exception {
        one.circuits.open();
        one.settle();
        two.circuits.open();
        two.settle();
        heirIsTwo();
        two.circuits.pass(Duration.ofSeconds(30));
        two.circuits.enter().succeeded();
        two.settle();
        assertThat(types()).containsExactly("provider.failed", "provider.recovered");
    }

    @Test
    void whatIsForgottenEndsWithoutAnEventUnlessAnotherSeesItToo() throws Exception {
        one.circuits.open();
        one.settle();
        one.circuits.circuits.forget(CircuitFixture.WORKSPACE);
        one.settle();
        assertThat(types()).containsExactly("provider.failed");
        assertThat(rows().getFirst()).doesNotContain("null");

        one.circuits.pass(Duration.ofSeconds(1));
        two.circuits.pass(Duration.ofSeconds(1));
        one.circuits.open();
        one.settle();
        two.circuits.open();
        two.settle();
        one.circuits.circuits.forget(CircuitFixture.WORKSPACE);
        one.settle();
        assertThat(rows().getLast()).contains("|null|");
    }

    @Test
    void whatIsClosedForAMonthGoesWithTheNextOpening() throws Exception {
        one.circuits.open();
        one.circuits.pass(Duration.ofSeconds(30));
        one.circuits.enter().succeeded();
        one.circuits.pass(Openings.KEPT);
        for (int i = 0; i < 5; i++) {
            one.circuits.enter("gpt-5").failed(broken(), PATIENT);
        }
        one.settle();
        assertThat(rows()).as("a month, and not more").hasSize(2);
        one.circuits.pass(Duration.ofMillis(1));
        for (int i = 0; i < 5; i++) {
            one.circuits.enter("gpt-6").failed(broken(), PATIENT);
        }
        one.settle();
        assertThat(other.rows("SELECT model FROM circuit_opening ORDER BY model"))
                .containsExactly("gpt-5", "gpt-6");
    }

    @Test
    void aDeletedWorkspacesRowsGoInBatches() throws Exception {
        for (int i = 0; i < 25; i++) {
            one.circuits.enter("model-" + i % 5).failed(broken(), PATIENT);
        }
        for (int i = 0; i < 5; i++) {
            one.circuits.circuits.enter("ws_2", "openai", "gpt-4o").failed(broken(), PATIENT);
        }
        one.settle();

        assertThat(one.openings.deleteBatch("ws_1", 3)).isEqualTo(3);
        assertThat(one.openings.deleteBatch("ws_1", 3)).isEqualTo(2);
        assertThat(one.openings.deleteBatch("ws_1", 3)).isZero();
        assertThat(other.rows("SELECT workspace_id FROM circuit_opening")).containsExactly("ws_2");
    }

    @Test
    void aReasonMayHoldWhatTheProviderSaid() throws Exception {
        for (int i = 0; i < 5; i++) {
            one.circuits
                    .enter()
                    .failed(CircuitFixture.problem(ProblemCode.PROVIDER_FAILED, 500, "a \0 and a 'quote'"), PATIENT);
        }
        one.settle();
        assertThat(types()).containsExactly("provider.failed");
        assertThat(rows()).hasSize(1);
    }
}
