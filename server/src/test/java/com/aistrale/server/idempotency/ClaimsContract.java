package com.aistrale.server.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.crypto.Envelope;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.Telemetry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Claims, as the transactions see them in which inferences begin and end. */
@Timeout(60)
abstract class ClaimsContract {
    private static final Instant NOW = Instant.parse("2026-11-26T01:02:03.004Z");
    private static final Problem FAILED = Problem.of(ProblemCode.PROVIDER_FAILED, "It failed.");
    private static final String ROWS =
            "SELECT state, owner, inference_id, run, answer FROM idempotency_key ORDER BY key";

    @TempDir
    Path folder;

    final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    final Envelope envelope = new Envelope(List.of(new byte[32]), new SecureRandom());
    TestDatabase kind;
    Database database;
    OtherConnection file;
    Node one;

    abstract TestDatabase database(Path folder) throws Exception;

    /** What a node needs to run requests. */
    final class Node {
        final String id;
        final Claims claims;
        final Telemetry telemetry;
        private final Ids ids = new Ids(now::get, new Random());

        Node(String id, Database on) throws SQLException {
            this.id = id;
            claims = new Claims(on, envelope, now::get, id);
            telemetry = new Telemetry(on, new SqlEvents(), ids, now::get, id, claims);
            file.execute("INSERT INTO node (id, started_at, seen_at) VALUES ('" + id + "', 0, 0)");
        }

        /** Begins a run. @throws RuntimeException when it may not */
        Begun begin(RequestKey key, Condition... more) {
            var claim = claims.claim(key, null);
            var record = running(ids.next("inf_", now.get()));
            var conditions = new ArrayList<Condition>(List.of(claim.of(record.id())));
            conditions.addAll(List.of(more));
            try {
                return new Begun(claim, telemetry.begin(record, conditions));
            } catch (RuntimeException refused) {
                claim.over(new Ended.Failed(FAILED, false));
                throw refused;
            }
        }
    }

    /** A run. */
    record Begun(Claim claim, Telemetry.Begun inference) {
        String id() {
            return inference.record().id();
        }

        KeptAnswer answer(String text) {
            var answer = new KeptAnswer(id(), claim.run(), Map.of("x-a", "b"), text.getBytes(StandardCharsets.UTF_8));
            var with = claim.answered(answer);
            inference.finish(completed(inference.record()), () -> null, with);
            claim.over(new Ended.Answered(answer));
            return answer;
        }

        void fail(boolean told) {
            inference.finish(completed(inference.record()), () -> null, claim.released(told));
            claim.over(new Ended.Failed(FAILED, false));
        }

        private static InferenceRecord completed(InferenceRecord running) {
            return new InferenceRecord(
                    running.id(),
                    Status.COMPLETED,
                    running.createdAt(),
                    running.createdAt(),
                    running.origin(),
                    running.provider(),
                    running.model(),
                    new InferenceRecord.Result(
                            "stop", null, InferenceRecord.Charge.UNKNOWN, 1L, null, List.of(), null));
        }
    }

    private InferenceRecord running(String id) {
        var origin = new Origin("ws_1", "key_1", null, null, null, false, Map.of(), null, null);
        return new InferenceRecord(id, Status.RUNNING, now.get(), null, origin, "openai", "gpt-4o", null);
    }

    static RequestKey key(String key) {
        return RequestKey.of("ws_1", "/r", key, "body".getBytes(StandardCharsets.UTF_8));
    }

    @BeforeEach
    void open() throws Exception {
        kind = database(folder);
        database = kind.open();
        file = kind.connect();
        one = new Node("node_1", database);
    }

    @AfterEach
    void close() throws SQLException {
        file.close();
        database.close();
    }

    private static void isTaken(Node node, RequestKey key) {
        assertThatThrownBy(() -> node.begin(key)).isInstanceOf(ClaimTaken.class);
    }

    @Test
    void oneRunsARequestAndItsAnswerIsGivenAgain() throws Exception {
        var begun = one.begin(key("k"));

        assertThat(file.rows(ROWS)).containsExactly("running|node_1|" + begun.id() + "|0|null");
        assertThat(one.claims.look(key("k")))
                .isEqualTo(new Standing.Runs(begun.id(), 0, begun.claim().ongoing()));
        isTaken(one, key("k"));
        assertThat(file.rows("SELECT id FROM inference"))
                .as("a refused one leaves nothing")
                .containsExactly(begun.id());
        var answer = begun.answer("What was said: ü, 日本.");
        isTaken(one, key("k"));
        var again = ((Standing.Answered) one.claims.look(key("k"))).answer();
        assertThat(again).usingRecursiveComparison().isEqualTo(answer);
        assertThat(one.claims.running()).as("nothing is remembered").isZero();
    }

    @Test
    void anotherBodyIsAMismatchWhateverBecameOfTheFirst() {
        var other = RequestKey.of("ws_1", "/r", "k", new byte[] {1});
        var begun = one.begin(key("k"));

        assertThatThrownBy(() -> one.begin(other)).hasMessageStartingWith("idempotency_mismatch");
        assertThatThrownBy(() -> one.claims.look(other)).hasMessageStartingWith("idempotency_mismatch");
        begun.answer("a");
        assertThatThrownBy(() -> one.begin(other)).hasMessageStartingWith("idempotency_mismatch");
        assertThatThrownBy(() -> one.claims.look(other)).hasMessageStartingWith("idempotency_mismatch");
    }

    @Test
    void aKeyIsOneInAWorkspaceAndARoute() throws Exception {
        var body = "body".getBytes(StandardCharsets.UTF_8);
        one.begin(key("k")).answer("a");

        one.begin(RequestKey.of("ws_2", "/r", "k", body)).answer("b");
        one.begin(RequestKey.of("ws_1", "/s", "k", body)).answer("c");
        one.begin(RequestKey.of("ws_1", "/r", "K", body)).answer("d");
        assertThat(file.rows(ROWS)).hasSize(4);
    }

    @Test
    void anAnswerOpensOnlyWhereItBelongs() throws Exception {
        one.begin(key("k")).answer("a");
        file.execute("UPDATE idempotency_key SET workspace_id = 'ws_2'");

        assertThatThrownBy(() ->
                        one.claims.look(RequestKey.of("ws_2", "/r", "k", "body".getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("cannot be opened");
    }

    @Test
    void aFailureReleasesItAndWhereEventsWereSeenTheNextRunNumbersThemOtherwise() throws Exception {
        one.begin(key("k")).fail(false);
        assertThat(file.rows(ROWS)).as("nothing is left").isEmpty();

        one.begin(key("k")).fail(true);
        assertThat(one.claims.look(key("k"))).isEqualTo(new Standing.Free());
        var second = one.begin(RequestKey.of("ws_1", "/r", "k", new byte[] {1}));
        assertThat(second.claim().run()).isEqualTo(1);
        assertThat(second.claim().firstEvent()).isEqualTo(1_000_000);
        second.fail(false);
        var third = one.begin(key("k"));
        assertThat(third.claim().run()).isEqualTo(2);
        third.answer("a");
        assertThat(((Standing.Answered) one.claims.look(key("k"))).answer().run())
                .isEqualTo(2);
    }

    @Test
    void whatADeadNodeRanIsTakenOver() throws Exception {
        var dead = new Node("node_0", database);
        var lost = dead.begin(key("k"));
        isTaken(one, key("k"));
        file.execute("DELETE FROM node WHERE id = 'node_0'");

        assertThat(one.claims.look(key("k"))).isEqualTo(new Standing.Free());
        var next = one.begin(key("k"));
        assertThat(next.claim().run()).isEqualTo(1);
        next.answer("mine");
        lost.answer("it lived after all");
        assertThat(new String(
                        ((Standing.Answered) one.claims.look(key("k"))).answer().body(), StandardCharsets.UTF_8))
                .isEqualTo("mine");
    }

    /** Such as where its end could not be written. */
    @Test
    void whatThisNodeDoesNotRunAnyMoreIsTakenOver() {
        var begun = one.begin(key("k"));
        begun.claim().over(new Ended.Failed(FAILED, false));

        assertThat(one.claims.look(key("k"))).isEqualTo(new Standing.Free());
        assertThat(one.begin(key("k")).claim().run()).isEqualTo(1);
    }

    @Test
    void anEndThatComesLateReleasesItsClaimAndNoOther() throws Exception {
        var begun = one.begin(key("k"));
        var other = one.begin(key("o"));
        var answered = one.begin(key("p"));
        answered.answer("a");
        for (var each : List.of(begun, answered)) {
            Database.await(database.submit(one.claims.late(each.inference().record())));
        }

        assertThat(file.rows("SELECT key, state FROM idempotency_key ORDER BY key"))
                .containsExactly("k|released", "o|running", "p|answered");
        assertThat(one.claims.of(other.inference().record())).isNull();
    }

    @Test
    void anotherConditionThatDoesNotHoldGivesItBack() throws Exception {
        var spent = new Condition() {
            @Override
            public @Nullable RuntimeException hold(Tx tx) {
                return new IllegalStateException("spent");
            }

            @Override
            public void giveBack(Tx tx) {}
        };
        assertThatThrownBy(() -> one.begin(key("k"), spent)).hasMessage("spent");
        assertThat(file.rows(ROWS)).isEmpty();
        assertThat(one.claims.running()).isZero();

        one.begin(key("k")).fail(true);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> one.begin(key("k"), spent)).hasMessage("spent");
            assertThat(one.claims.look(key("k"))).isEqualTo(new Standing.Free());
            assertThat(file.rows("SELECT state, run FROM idempotency_key")).containsExactly("released|0");
        }
        assertThat(one.begin(key("k")).claim().run())
                .as("nothing was told of those that did not begin")
                .isEqualTo(1);
    }

    @Test
    void anAnswerIsKeptForADayAndThenDeletedByWhoMay() throws Exception {
        one.begin(key("a")).answer("a");
        now.set(NOW.plusSeconds(1));
        for (int i = 0; i < 450; i++) {
            one.begin(key("b" + i)).answer("b");
        }
        one.begin(key("c"));
        now.set(NOW.plus(Duration.ofHours(24)));
        isTaken(one, key("a"));
        new Purge(database, now::get, () -> true).once();
        assertThat(file.rows(ROWS)).hasSize(452);

        now.set(NOW.plus(Duration.ofHours(24)).plusMillis(1));
        assertThat(one.claims.look(key("a"))).isEqualTo(new Standing.Free());
        isTaken(one, key("b7"));
        now.set(NOW.plus(Duration.ofHours(24)).plusSeconds(2));
        new Purge(database, now::get, () -> false).once();
        assertThat(file.rows(ROWS)).hasSize(452);
        one.begin(RequestKey.of("ws_1", "/r", "a", new byte[] {1})).answer("anew");
        new Purge(database, now::get, () -> true).once();
        assertThat(file.rows("SELECT key, state FROM idempotency_key")).containsExactly("a|answered");
    }

    @Test
    void theAnswersOfAWorkspaceAreDeletedInBatches() throws Exception {
        for (int i = 0; i < 5; i++) {
            one.begin(key("k" + i)).answer("a");
        }
        one.begin(RequestKey.of("ws_2", "/r", "k", new byte[0])).answer("a");
        file.execute(
                "INSERT INTO cancellation (inference_id, workspace_id, owner, asked_at) VALUES ('i', 'ws_1', 'n', 0)");

        assertThat(one.claims.ofWorkspace("ws_1", 3)).isEqualTo(4);
        assertThat(one.claims.ofWorkspace("ws_1", 3)).isEqualTo(2);
        assertThat(one.claims.ofWorkspace("ws_1", 3)).isZero();
        assertThat(file.rows("SELECT workspace_id FROM idempotency_key")).containsExactly("ws_2");
        assertThat(file.rows("SELECT inference_id FROM cancellation")).isEmpty();
    }

    @Test
    void nothingOfAnAnswerIsToBeReadInItsRow() throws Exception {
        one.begin(key("k")).answer("a whole secret");

        var answer = file.rows("SELECT answer FROM idempotency_key").getFirst();
        assertThat(answer).doesNotContain("secret");
        assertThat(file.rows("SELECT length(answer) FROM idempotency_key")).isNotEqualTo(List.of("14"));
    }

    private static void isCancelled(Node node, RequestKey key) {
        assertThatThrownBy(() -> node.begin(key)).hasMessageStartingWith("cancelled: The request was cancelled by its");
        assertThat(node.claims.look(key)).isEqualTo(new Standing.Free());
    }

    @Test
    void whatIsCancelledBeforeItComesIsNotRunForHalfAMinute() throws Exception {
        assertThat(one.claims.cancel(key("k"), "inf_0")).isNull();
        assertThat(one.claims.cancel(key("k"), "inf_1")).as("nobody runs it").isNull();
        assertThat(file.rows(ROWS)).containsExactly("cancelled|node_1|inf_0|-1|null");
        isCancelled(one, key("k"));
        isCancelled(new Node("node_2", database), RequestKey.of("ws_1", "/r", "k", new byte[] {1}));
        one.begin(RequestKey.of("ws_2", "/r", "k", new byte[0]));

        now.set(NOW.plus(Claims.REFUSED).minusMillis(1));
        isCancelled(one, key("k"));
        assertThat(file.rows("SELECT id FROM inference")).hasSize(1);
        now.set(NOW.plus(Claims.REFUSED));
        var begun = one.begin(key("k"));
        assertThat(begun.claim().firstEvent()).as("its first run").isZero();
        begun.fail(false);
        assertThat(file.rows("SELECT workspace_id FROM idempotency_key")).containsExactly("ws_2");
    }

    @Test
    void aRunHearsThatItIsCancelledHoweverLateItListens() {
        var begun = one.begin(key("k"));
        var heard = new ArrayList<String>();
        begun.claim().ongoing().onCancel(() -> heard.add("early"));
        one.claims.cancel(key("other"), "inf_0");
        assertThat(heard).isEmpty();

        one.claims.cancel(key("k"), "inf_0");
        assertThat(heard).containsExactly("early");
        begun.claim().ongoing().onCancel(() -> heard.add("late"));
        assertThat(heard).containsExactly("early", "late");
    }

    @Test
    void whatIsCancelledWhileItRunsIsNotRunAgainAtOnce() throws Exception {
        for (boolean told : List.of(false, true)) {
            now.set(NOW);
            var key = key("k" + told);
            var begun = one.begin(key);
            now.set(NOW.plusSeconds(100));
            assertThat(one.claims.cancel(key, "inf_0")).isEqualTo(begun.id());
            assertThat(one.claims.look(key)).isInstanceOf(Standing.Runs.class);
            isTaken(one, key);
            begun.fail(told);

            isCancelled(one, key);
            assertThat(one.claims.cancel(key, "inf_0")).isEqualTo(begun.id());
            now.set(NOW.plusSeconds(130));
            assertThat(one.begin(key).claim().run()).isEqualTo(1);
        }
    }

    @Test
    void whatIsCancelledAndAnsweredNeverthelessHasItsAnswer() {
        var begun = one.begin(key("k"));
        assertThat(one.claims.cancel(key("k"), "inf_0")).isEqualTo(begun.id());
        begun.answer("a");
        isTaken(one, key("k"));
        assertThat(one.claims.look(key("k"))).isInstanceOf(Standing.Answered.class);
        assertThat(one.claims.cancel(key("k"), "inf_0")).isEqualTo(begun.id());
        isTaken(one, key("k"));

        now.set(NOW.plus(Claims.KEPT).plusMillis(1));
        assertThat(one.claims.cancel(key("k"), "inf_0"))
                .as("that answer is not given any more")
                .isNull();
        isCancelled(one, key("k"));
    }

    @Test
    void whatWasCancelledADayAgoIsNoLongerSaidToHaveRun() throws Exception {
        var begun = one.begin(key("k"));
        begun.fail(true);
        now.set(NOW.plus(Claims.KEPT));
        assertThat(one.claims.cancel(key("k"), "inf_0")).isEqualTo(begun.id());

        now.set(NOW.plus(Claims.KEPT.multipliedBy(2)).plusMillis(1));
        assertThat(one.claims.cancel(key("k"), "inf_1")).isNull();
        assertThat(file.rows(ROWS)).containsExactly("cancelled|node_1|inf_1|-1|null");
    }

    @Test
    void whatIsCancelledAfterAFailureIsNotRunAgain() {
        var begun = one.begin(key("k"));
        begun.fail(true);
        assertThat(one.claims.cancel(key("k"), "inf_0")).isEqualTo(begun.id());
        isCancelled(one, key("k"));
    }

    @Test
    void whatADeadNodeRanIsNotRunAgainWhereItWasCancelled() throws Exception {
        var dead = new Node("node_0", database);
        var begun = dead.begin(key("k"));
        assertThat(one.claims.cancel(key("k"), "inf_0")).isEqualTo(begun.id());
        isTaken(one, key("k"));
        file.execute("DELETE FROM node WHERE id = 'node_0'");
        isCancelled(one, key("k"));

        now.set(NOW.plus(Claims.REFUSED));
        assertThat(one.begin(key("k")).claim().run()).isEqualTo(1);
    }

    /** Whoever is first, it is not run and then gone on with. */
    @Test
    void cancellingRacesWithTheRequest() throws Exception {
        try (var other = kind instanceof TestDatabase any && file.isPostgres() ? any.open() : null;
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var second = other == null ? one : new Node("node_2", other);
            for (int i = 0; i < 40; i++) {
                var key = key("k" + i);
                var start = new CyclicBarrier(2);
                var begun = threads.submit(() -> {
                    start.await();
                    try {
                        return one.begin(key);
                    } catch (ProblemException cancelled) {
                        return null;
                    }
                });
                start.await();
                var found = second.claims.cancel(key, "inf_" + i);
                var run = begun.get();
                assertThat(found).isEqualTo(run == null ? null : run.id());
                if (run != null) {
                    run.fail(false);
                }
                isCancelled(one, key);
            }
        }
    }

    @Test
    void ofWhatHasEndedNobodyHasToBeTold() throws Exception {
        var cancellations = new Cancellations(database, now::get, "node_1");
        var ended = one.begin(key("a"));
        var runs = one.begin(key("b"));
        var elsewhere = new Node("node_2", database).begin(key("c"));
        for (var each : List.of(ended, runs, elsewhere)) {
            cancellations.ask("ws_1", each.id());
        }
        ended.answer("a");
        elsewhere.answer("c");

        assertThat(cancellations.asked()).containsExactlyInAnyOrder(ended.id(), runs.id());
        cancellations.forgetEnded();
        assertThat(cancellations.asked()).containsExactly(runs.id());
        assertThat(file.rows("SELECT inference_id FROM cancellation"))
                .containsExactlyInAnyOrder(runs.id(), elsewhere.id());
    }

    /** The same requests, in other orders, on as many nodes as there may be. */
    @Test
    void ofManyAtOnceEachIsRunByOne() throws Exception {
        try (var other = kind instanceof TestDatabase any && file.isPostgres() ? any.open() : null;
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var nodes = other == null ? List.of(one, one) : List.of(one, new Node("node_2", other));
            var start = new CyclicBarrier(200);
            var tries = new ArrayList<Future<@Nullable String>>();
            for (int i = 0; i < 200; i++) {
                var node = nodes.get(i % 2);
                var key = key("k" + (i % 2 == 0 ? i / 2 : 99 - i / 2) % 20);
                tries.add(threads.submit(() -> {
                    start.await();
                    try {
                        node.begin(key);
                        return key.key();
                    } catch (ClaimTaken taken) {
                        return null;
                    }
                }));
            }
            var won = new ArrayList<String>();
            for (var each : tries) {
                if (each.get() != null) {
                    won.add(each.get());
                }
            }
            assertThat(won).hasSize(20).doesNotHaveDuplicates();
        }
        assertThat(file.rows("SELECT id FROM inference")).hasSize(20);
    }
}
