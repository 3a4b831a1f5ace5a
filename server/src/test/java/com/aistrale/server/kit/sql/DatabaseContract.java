package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class DatabaseContract {
    static final String INSERT = "INSERT INTO workspace (id, name, created_at) VALUES ('%s', 'x', 0)";

    @TempDir
    Path folder;

    Database database;
    OtherConnection other;
    TestDatabase kind;

    abstract TestDatabase database(Path folder) throws Exception;

    /** What the database says to a writing reader. */
    abstract String readOnly();

    @BeforeEach
    void make() throws Exception {
        kind = database(folder);
        open();
    }

    void open() throws SQLException {
        database = kind.open();
        other = kind.connect();
    }

    @AfterEach
    void close() throws SQLException {
        database.close();
        other.close();
    }

    @Test
    void aWriteReturnsItsResultAfterTheCommit() throws SQLException {
        int rows = database.write(tx -> tx.handle().execute(INSERT.formatted("ws_1")));

        assertThat(rows).isEqualTo(1);
        assertThat(other.rows("SELECT id FROM workspace")).containsExactly("ws_1");
    }

    @Test
    void aProblemOfTheUnitComesThroughAndNothingIsWritten() throws SQLException {
        var problem = Problem.of(ProblemCode.CONFLICT, "There is one already.").exception();

        assertThatThrownBy(() -> database.write(tx -> {
                    tx.handle().execute(INSERT.formatted("ws_1"));
                    throw problem;
                }))
                .isSameAs(problem);
        assertThat(other.rows("SELECT id FROM workspace")).isEmpty();
    }

    @Test
    void aFailedWriteIsDatabaseUnavailableAndHidesTheInside() {
        var failed = catchThrowableOfType(
                ProblemException.class,
                () -> database.write(tx -> tx.handle().execute("INSERT INTO nowhere VALUES ('a secret')")));

        assertThat(failed.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
        assertThat(failed.problem().retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(failed.problem().detail())
                .isEqualTo("The database did not take the request, so nothing was recorded. Try again; if it goes on,"
                        + " look at the disk's free space and the server's log.");
    }

    @Test
    void aFailedReadIsDatabaseUnavailableAndTheNextOneWorks() {
        for (int i = 0; i < 10; i++) {
            var failed = catchThrowableOfType(
                    ProblemException.class,
                    () -> database.read(tx -> tx.handle()
                            .createQuery("SELECT 1 FROM nowhere")
                            .mapTo(Integer.class)
                            .one()));
            assertThat(failed.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
        }
        int one = database.read(
                tx -> tx.handle().createQuery("SELECT 1").mapTo(Integer.class).one());
        assertThat(one).isEqualTo(1);
    }

    @Test
    void readersCannotWrite() {
        assertThatThrownBy(() -> database.read(tx -> tx.handle().execute(INSERT.formatted("ws_1"))))
                .isInstanceOf(ProblemException.class)
                .rootCause()
                .hasMessageContaining(readOnly());
    }

    @Test
    void aReadDoesNotWaitForAWrite() throws Exception {
        var writing = new CountDownLatch(1);
        var gate = new CountDownLatch(1);
        var written = database.submit(tx -> {
            tx.handle().execute(INSERT.formatted("ws_1"));
            writing.countDown();
            try {
                gate.await();
            } catch (InterruptedException unexpected) {
                throw new AssertionError(unexpected);
            }
        });
        writing.await();

        assertThat(count()).as("while the writer is in its transaction").isZero();
        gate.countDown();
        written.get();
        assertThat(count()).isEqualTo(1);
    }

    int count() {
        return database.read(tx -> tx.handle()
                .createQuery("SELECT count(*) FROM workspace")
                .mapTo(Integer.class)
                .one());
    }

    @Test
    void manyReadersAtOnceAllGetTheirAnswer() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new java.util.ArrayList<java.util.concurrent.Future<Integer>>();
            for (int i = 0; i < 200; i++) {
                answers.add(threads.submit(this::count));
            }
            for (var answer : answers) {
                assertThat(answer.get()).isZero();
            }
        }
    }

    @Test
    void aLockIsHeldByOneTransactionAtATimeAndSeesWhatTheLastOneWrote() throws Exception {
        try (var second = kind.open();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new java.util.ArrayList<java.util.concurrent.Future<Integer>>();
            for (int i = 0; i < 40; i++) {
                var node = i % 2 == 0 || !database.isShared() ? database : second;
                all.add(threads.submit(() -> node.write(tx -> {
                    tx.lock("first");
                    boolean none = tx.handle()
                            .createQuery("SELECT count(*) FROM workspace")
                            .mapTo(Integer.class)
                            .one()
                            .equals(0);
                    return none ? tx.handle().execute(INSERT.formatted(java.util.UUID.randomUUID())) : 0;
                })));
            }
            int made = 0;
            for (var one : all) {
                made += one.get();
            }
            assertThat(made).as("of forty that looked for a first one").isEqualTo(1);
        }
    }

    @Test
    void textWithTheCharacterZeroIsStoredInAFormThatBothCanHold() {
        database.write(tx -> tx.handle()
                .createUpdate("INSERT INTO workspace (id, name, created_at) VALUES ('ws_1', :name, 0)")
                .bind("name", "a\0b")
                .execute());
        int found = database.read(tx -> tx.handle()
                .createQuery("SELECT count(*) FROM workspace WHERE name = :name")
                .bind("name", "a\0b")
                .mapTo(Integer.class)
                .one());
        assertThat(found).isEqualTo(1);
    }

    @Test
    void aClosedDatabaseRefusesReadsAndWritesInWords() {
        database.close();

        for (var call : java.util.List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                this::count, () -> database.write(tx -> 1))) {
            var failed = catchThrowableOfType(ProblemException.class, call);
            assertThat(failed.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
        }
    }

    /** A caller that is refused over and over must cost the others nothing. */
    @Test
    void aRefusedWriteLeavesThoseBesideItAlone() throws Exception {
        var gate = new CountDownLatch(1);
        var applied = new AtomicInteger();
        var busy = database.submit(tx -> awaitQuietly(gate));
        var beside = database.submit(tx -> {
            applied.incrementAndGet();
            tx.handle().execute(INSERT.formatted("ws_beside"));
        });
        var refused = new AtomicReference<ProblemException>();
        var refusing = Thread.ofPlatform()
                .start(() -> refused.set(catchThrowableOfType(
                        ProblemException.class,
                        () -> database.write(tx -> {
                            tx.handle().execute(INSERT.formatted("ws_refused"));
                            throw Problem.of(ProblemCode.CONFLICT, "It is taken.")
                                    .exception();
                        }))));
        while (refusing.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        gate.countDown();
        Database.await(busy);
        Database.await(beside);
        refusing.join();

        assertThat(refused.get()).hasMessage("conflict: It is taken.");
        assertThat(applied).hasValue(1);
        assertThat(other.rows("SELECT id FROM workspace")).containsExactly("ws_beside");
    }

    private static void awaitQuietly(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException unexpected) {
            throw new AssertionError(unexpected);
        }
    }
}
