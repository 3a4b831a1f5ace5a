package com.aistrale.server.telemetry;

import static com.aistrale.server.telemetry.Records.TIME;
import static com.aistrale.server.telemetry.Records.WORKSPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
abstract class TelemetryStoreContract {
    @TempDir
    Path folder;

    private TestDatabase kind;
    Database database;
    OtherConnection file;
    private Telemetry telemetry;

    abstract TestDatabase database(Path folder) throws Exception;

    /** Notes id and status of inserted inferences in the table {@code seen}. */
    abstract void watchInserts(OtherConnection other) throws SQLException;

    @BeforeEach
    void open() throws Exception {
        kind = database(folder);
        database = kind.open();
        file = kind.connect();
        telemetry = process("node_1");
    }

    @AfterEach
    void close() throws SQLException {
        file.close();
        database.close();
    }

    private Telemetry process(String owner) {
        var clock = InstantSource.fixed(TIME.plusSeconds(60));
        return new Telemetry(database, new SqlEvents(), new Ids(clock, new SecureRandom()), clock, owner);
    }

    private static InferenceRecord running(String id) {
        return Records.running(id, TIME, "openai", "gpt-4o");
    }

    @Test
    void aBegunInferenceIsThereSoonAndRuns() throws SQLException {
        telemetry.begin(running("inf_1"));
        flush();

        assertThat(telemetry.get(WORKSPACE, "inf_1")).isEqualTo(running("inf_1"));
        assertThat(file.rows("SELECT id, status, owner FROM inference")).containsExactly("inf_1|running|node_1");
        assertThat(file.rows("SELECT type FROM event")).isEmpty();
    }

    /** Holds by a row in the outbox, and may be asked again. */
    private Condition holds(String id, @Nullable RuntimeException refusal) {
        return new Condition() {
            @Override
            public @Nullable RuntimeException hold(Tx tx) throws SQLException {
                if (refusal == null) {
                    new SqlEvents().append(tx, new Event(id, WORKSPACE, "held", TIME, "{}"));
                }
                return refusal;
            }

            @Override
            public void giveBack(Tx tx) throws SQLException {
                tx.prepare("DELETE FROM event WHERE id = '" + id + "'").executeUpdate();
            }
        };
    }

    @Test
    void withConditionsABeginIsDurableWithWhatTheyHold() throws SQLException {
        telemetry.begin(running("inf_1"), List.of(holds("evt_1", null), holds("evt_2", null)));

        assertThat(file.rows("SELECT id, status FROM inference")).containsExactly("inf_1|running");
        assertThat(file.rows("SELECT id FROM event ORDER BY seq")).containsExactly("evt_1", "evt_2");
    }

    @Test
    void whereOneConditionDoesNotHoldNoneIsKeptAndThereIsNoInference() throws SQLException {
        var refusal = new IllegalStateException("spent");

        assertThatThrownBy(() -> telemetry.begin(
                        running("inf_1"), List.of(holds("evt_1", null), holds("evt_2", refusal), holds("evt_3", null))))
                .isSameAs(refusal);

        assertThat(file.rows("SELECT id FROM inference")).isEmpty();
        assertThat(file.rows("SELECT id FROM event")).isEmpty();
    }

    @Test
    void whatElseEndsWithAnInferenceEndsOnceHoweverOftenItIsTold() throws SQLException {
        var ended = new SqlEvents();
        Ends ends = record ->
                tx -> ended.append(tx, new Event("evt_" + record.status().wireName(), WORKSPACE, "ended", TIME, "{}"));
        var clock = InstantSource.fixed(TIME);
        var counting = new Telemetry(
                database,
                new SqlEvents(),
                new Ids(clock, new SecureRandom()),
                clock,
                "node_1",
                Ends.all(ends, Ends.NONE));
        var begun = counting.begin(running("inf_1"));

        begun.finish(Records.completed(begun.record()));
        begun.finish(Records.completed(begun.record()));

        assertThat(file.rows("SELECT id FROM event WHERE type = 'ended'")).containsExactly("evt_completed");
    }

    @Test
    void aFinishedOneIsDurableWithItsEventWhenTheCallReturns() throws SQLException {
        var begun = telemetry.begin(running("inf_1"));
        flush();
        var last = Records.completed(begun.record());

        begun.finish(last);

        assertThat(file.rows("SELECT id, status, cost_nano_usd FROM inference"))
                .containsExactly("inf_1|completed|1234567890");
        assertThat(file.rows("SELECT type, workspace_id, timestamp FROM event"))
                .containsExactly(
                        "inference.completed|ws_1|" + TIME.plusSeconds(60).toEpochMilli());
        assertThat(Json.parse(file.rows("SELECT data FROM event").getFirst())
                        .path("inference_id")
                        .stringValue())
                .isEqualTo("inf_1");
        assertThat(telemetry.get(WORKSPACE, "inf_1")).isEqualTo(last);
    }

    @Test
    void whenBothStandInOneBatchTheBegunRowIsNotWritten() throws Exception {
        file.execute("CREATE TABLE seen (id TEXT, status TEXT)");
        watchInserts(file);
        var gate = occupyWriter();
        var first = telemetry.begin(running("inf_1"));
        var finishing = Thread.ofPlatform().start(() -> first.finish(Records.completed(first.record())));
        while (finishing.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        gate.countDown();
        finishing.join();

        var second = telemetry.begin(running("inf_2"));
        flush();
        second.finish(Records.completed(second.record()));

        assertThat(file.rows("SELECT * FROM seen")).containsExactly("inf_1|completed", "inf_2|running");
        assertThat(file.rows("SELECT id, status FROM inference ORDER BY id"))
                .containsExactly("inf_1|completed", "inf_2|completed");
    }

    @Test
    void aFinalRowThatCannotBeWrittenIsAnErrorAndLeavesNoEvent() throws SQLException {
        var begun = telemetry.begin(running("inf_1"));
        flush();
        kind.failInserts(file, "event", "disk full");

        var failed =
                catchThrowableOfType(ProblemException.class, () -> begun.finish(Records.completed(begun.record())));

        assertThat(failed.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
        assertThat(file.rows("SELECT id, status FROM inference")).containsExactly("inf_1|running");
        assertThat(file.rows("SELECT * FROM event")).isEmpty();
    }

    @Test
    void afterHealingARecordWhoseEndCouldNotBeWrittenEndsAsFailedWithWhatItCost() throws SQLException {
        var begun = telemetry.begin(running("inf_1"));
        flush();
        kind.failInserts(file, "event", "disk full");
        catchThrowableOfType(ProblemException.class, () -> begun.finish(Records.completed(begun.record())));
        kind.allowInserts(file, "event");

        await().untilAsserted(() -> assertThat(file.rows("SELECT id, status, cost_nano_usd, error_code FROM inference"))
                .containsExactly("inf_1|failed|1234567890|database_unavailable"));
        assertThat(file.rows("SELECT type, workspace_id FROM event")).containsExactly("inference.failed|ws_1");
        var record = telemetry.get(WORKSPACE, "inf_1");
        assertThat(Objects.requireNonNull(record.result()).finishReason()).isNull();
        assertThat(Objects.requireNonNull(record.result()).usage())
                .isEqualTo(Objects.requireNonNull(
                                Records.completed(running("inf_1")).result())
                        .usage());
    }

    @Test
    void whatEndedMeanwhileGetsNoSecondEnd() throws SQLException {
        var begun = telemetry.begin(running("inf_1"));
        flush();
        kind.failInserts(file, "event", "disk full");
        catchThrowableOfType(ProblemException.class, () -> begun.finish(Records.completed(begun.record())));
        file.execute("UPDATE inference SET status = 'interrupted', error_code = 'interrupted', error_message = 'gone'");
        kind.allowInserts(file, "event");

        await().untilAsserted(() -> assertThat(file.rows("SELECT id, status, cost_nano_usd FROM inference"))
                .as("another node took this one for gone: only the cost is news")
                .containsExactly("inf_1|failed|1234567890"));
        assertThat(file.rows("SELECT type FROM event")).isEmpty();
    }

    @Test
    void nothingIsBegunWhileTheDatabaseFails() throws SQLException {
        var begun = telemetry.begin(running("inf_1"));
        flush();
        kind.failInserts(file, "inference", "disk full");
        catchThrowableOfType(ProblemException.class, () -> begun.finish(Records.completed(begun.record())));

        assertThatThrownBy(() -> telemetry.begin(running("inf_2")))
                .as("no provider is paid for what cannot be recorded")
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("database_unavailable");
        kind.allowInserts(file, "inference");
        telemetry.begin(running("inf_3")).finish(Records.completed(running("inf_3")));
        assertThat(file.rows("SELECT id FROM inference WHERE status = 'completed'"))
                .containsExactly("inf_3");
    }

    @Test
    void whatANodeThatIsGoneLeftRunningIsInterrupted() throws SQLException {
        telemetry.begin(running("inf_1"));
        telemetry.begin(running("inf_2")).finish(Records.completed(running("inf_2")));
        flush();
        var next = process("node_2");
        next.begin(running("inf_3"));
        flush();

        file.execute("INSERT INTO node (id, started_at, seen_at) VALUES ('node_2', 0, 0)");
        database.write(tx -> {
            next.interruptOrphans(tx);
            return true;
        });

        var interrupted = next.get(WORKSPACE, "inf_1");
        assertThat(interrupted.status()).isEqualTo(Status.INTERRUPTED);
        assertThat(interrupted.completedAt()).isEqualTo(TIME.plusSeconds(60));
        var result = Objects.requireNonNull(interrupted.result());
        assertThat(result.charge().nanoUsd()).isNull();
        assertThat(result.usage()).isNull();
        assertThat(Objects.requireNonNull(result.failure()).code()).isEqualTo("interrupted");
        assertThat(file.rows("SELECT type FROM event WHERE data LIKE '%\"inf\\_1\"%' ESCAPE '\\'"))
                .as("it has ended, and who listens is told")
                .containsExactly("inference.failed");
        assertThat(next.get(WORKSPACE, "inf_2").status()).isEqualTo(Status.COMPLETED);
        assertThat(next.get(WORKSPACE, "inf_3").status()).as("its own").isEqualTo(Status.RUNNING);
    }

    /** Its host was cut off for a while, another node ended what it ran, and then its answer came. */
    @Test
    void whoWasTakenForGoneAndLivesCorrectsItsRecordAndTellsNoSecondEnd() throws Exception {
        var begun = telemetry.begin(running("inf_1"));
        var other = telemetry.begin(running("inf_2"));
        flush();
        database.write(tx -> {
            process("node_2").interruptOrphans(tx);
            return true;
        });
        file.execute("INSERT INTO node (id, started_at, seen_at) VALUES ('node_1', 0, 0)");
        var never = telemetry.begin(running("inf_3"));
        var gate = occupyWriter();
        var finishing = List.of(finishing(begun), finishing(never));
        gate.countDown();
        for (var thread : finishing) {
            thread.join();
        }
        other.finish(Records.completed(other.record()));

        for (var id : List.of("inf_1", "inf_2", "inf_3")) {
            assertThat(telemetry.get(WORKSPACE, id)).isEqualTo(Records.completed(running(id)));
        }
        assertThat(file.rows("SELECT type FROM event WHERE data LIKE '%inf\\_1%' ESCAPE '\\'"))
                .containsExactly("inference.failed");
        assertThat(file.rows("SELECT type FROM event WHERE data LIKE '%inf\\_2%' ESCAPE '\\'"))
                .containsExactly("inference.failed");
        assertThat(file.rows("SELECT type FROM event WHERE data LIKE '%inf\\_3%' ESCAPE '\\'"))
                .containsExactly("inference.completed");
        assertThat(database.isFailing()).isFalse();
    }

    private static Thread finishing(Telemetry.Begun begun) {
        var thread = Thread.ofPlatform().start(() -> begun.finish(Records.completed(begun.record())));
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        return thread;
    }

    @Test
    void whenTheSettingCannotBeReadTheInferenceEndsNevertheless() throws SQLException {
        file.execute("ALTER TABLE workspace RENAME COLUMN capture_content TO hidden");

        var begun = telemetry.begin(running("inf_1"));
        begun.finish(Records.completed(begun.record()), () -> new Content("[]", null), null);

        assertThat(telemetry.get(WORKSPACE, "inf_1").status()).isEqualTo(Status.COMPLETED);
        assertThat(file.rows("SELECT * FROM inference_content")).isEmpty();
    }

    @Test
    void anotherWorkspaceSeesNothing() {
        telemetry.begin(running("inf_1"));
        flush();

        var missing = catchThrowableOfType(ProblemException.class, () -> telemetry.get("ws_2", "inf_1"));
        assertThat(missing.problem().code()).isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(missing.problem().detail()).isEqualTo("There is no inference inf_1 in this workspace.");
        assertThat(telemetry
                        .list("ws_2", new TelemetryQuery(TelemetryFilter.ALL, null, 50))
                        .records())
                .isEmpty();
    }

    /** Everything queued before is committed. */
    private void flush() {
        database.write(tx -> true);
    }

    private CountDownLatch occupyWriter() throws InterruptedException {
        var gate = new CountDownLatch(1);
        var busy = new CountDownLatch(1);
        var unused = database.submit(tx -> {
            busy.countDown();
            try {
                gate.await();
            } catch (InterruptedException unexpected) {
                throw new AssertionError(unexpected);
            }
        });
        busy.await();
        return gate;
    }
}
