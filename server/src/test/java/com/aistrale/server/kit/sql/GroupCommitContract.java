package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class GroupCommitContract {
    @TempDir
    Path folder;

    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger commits = new AtomicInteger();
    private TestDatabase database;
    OtherConnection other;
    GroupCommit writer;

    abstract TestDatabase database(Path folder) throws Exception;

    /** The database's words for a name that is there already, and for a table that is not. */
    abstract List<String> words();

    @BeforeEach
    void open() throws Exception {
        database = database(folder);
        database.open().close();
        other = database.connect();
        other.execute("CREATE TABLE thing (name TEXT NOT NULL UNIQUE)");
        start();
    }

    private void start() {
        writer = new GroupCommit(
                () -> {
                    opened.incrementAndGet();
                    return database.openWriter();
                },
                commits::incrementAndGet);
    }

    @AfterEach
    void close() throws SQLException {
        writer.close();
        other.close();
    }

    @Test
    void whatAFutureTellsIsCommitted() throws Exception {
        for (int i = 0; i < 50; i++) {
            writer.submit(insert("thing " + i)).get();

            assertThat(other.rows("SELECT name FROM thing WHERE name = 'thing " + i + "'"))
                    .hasSize(1);
        }
    }

    @Test
    void whatWaitsIsWrittenInOneTransaction() throws Exception {
        var gate = occupyWriter();
        var waiting = IntStream.range(0, 100)
                .mapToObj(i -> writer.submit(insert("thing " + i)))
                .toList();
        var seen = waiting.get(0).thenApply(done -> names().size()); // on the writer's thread, at once
        var batches = waiting.get(99).thenApply(done -> commits.get());
        assertThat(names()).isEmpty();
        gate.countDown();

        all(waiting).get();
        assertThat(seen.get()).as("rows at the first one's end").isEqualTo(100);
        assertThat(batches.get()).as("batches before theirs: the gate's").isEqualTo(1);
    }

    /** Counts names, and writes how many there were: once for all units of a transaction. */
    private static final class Tally implements Tx.Shared {
        final List<String> announced = new ArrayList<>();
        int counted;
        int written;

        @Override
        public void flush(Tx tx) throws SQLException {
            if (counted > written) {
                var insert = tx.apart("INSERT INTO thing (name) VALUES (?)");
                insert.setString(1, announced + " " + counted);
                insert.executeUpdate();
                written = counted;
            }
        }
    }

    private static Tally tally(Tx tx) {
        return tx.shared(Tally.class, Tally::new);
    }

    private static Unit counting(String name, @Nullable ProblemException refusal) {
        return new Unit() {
            @Override
            public void announce(Tx tx) {
                tally(tx).announced.add(name);
            }

            @Override
            public void apply(Tx tx) {
                tally(tx).counted++;
                if (refusal != null) {
                    throw refusal;
                }
            }

            @Override
            public boolean mayRefuse() {
                return refusal != null;
            }
        };
    }

    @Test
    void theUnitsOfABatchAnnounceThemselvesFirstAndWriteWhatTheyShareOnce() throws Exception {
        var gate = occupyWriter();
        var units = List.of(writer.submit(counting("a", null)), writer.submit(counting("b", null)));
        gate.countDown();

        all(units).get();
        writer.submit(counting("c", null)).get();
        assertThat(names()).containsExactlyInAnyOrder("[a, b] 2", "[c] 1");
    }

    /** Reads once, and writes what it knew then. */
    private abstract static class Reading implements Tx.Shared {
        final List<String> wanted = new ArrayList<>();

        @Override
        public void announced(Tx tx) throws SQLException {
            var insert = tx.apart("INSERT INTO thing (name) VALUES (?)");
            insert.setString(1, getClass().getSimpleName() + " " + wanted);
            insert.executeUpdate();
        }

        @Override
        public void flush(Tx tx) {}
    }

    private static final class ReadsFirst extends Reading {}

    private static final class ReadsSecond extends Reading {}

    private static Unit reading(String name) {
        return new Unit() {
            @Override
            public void announce(Tx tx) {
                tx.shared(ReadsSecond.class, ReadsSecond::new).wanted.add(name);
                tx.shared(ReadsFirst.class, ReadsFirst::new).wanted.add(name);
            }

            @Override
            public void apply(Tx tx) throws SQLException {
                insert(name).apply(tx);
            }
        };
    }

    /** What is locked then is locked by all nodes in the same order. */
    @Test
    void whatUnitsShareIsToldWhenAllHaveAnnouncedThemselvesInTheOrderOfTheKinds() throws Exception {
        var gate = occupyWriter();
        var units = List.of(writer.submit(reading("a")), writer.submit(reading("b")));
        gate.countDown();

        all(units).get();
        var rowsInOrder = other.isPostgres() ? "ctid" : "rowid";
        assertThat(other.rows("SELECT name FROM thing ORDER BY " + rowsInOrder))
                .containsExactly("ReadsFirst [a, b]", "ReadsSecond [a, b]", "a", "b");
    }

    @Test
    void whatAnUndoneUnitSharedIsForgottenAndTheRestWritten() throws Exception {
        var gate = occupyWriter();
        var good = writer.submit(counting("a", null));
        var refused = writer.submit(
                counting("b", Problem.of(ProblemCode.NOT_FOUND, "No.").exception()));
        var last = writer.submit(counting("c", null));
        gate.countDown();

        good.get();
        last.get();
        assertThatThrownBy(refused::get).hasMessageContaining("No.");
        assertThat(names()).containsExactlyInAnyOrder("[a, b, c] 1", "[] 1");
    }

    @Test
    void whatABrokenBatchSharedIsForgotten() throws Exception {
        var gate = occupyWriter();
        var good = writer.submit(counting("a", null));
        var wrong =
                writer.submit(tx -> tx.prepare("INSERT INTO nowhere VALUES (1)").execute());
        gate.countDown();

        good.get();
        assertThatThrownBy(wrong::get).hasMessageContaining(words().getLast());
        assertThat(names()).containsExactly("[a] 1");
    }

    @Test
    void aBadUnitFailsAloneAndInOrder() throws Exception {
        var gate = occupyWriter();
        var first = writer.submit(insert("a"));
        var twice = writer.submit(insert("a"));
        var wrong =
                writer.submit(tx -> tx.prepare("INSERT INTO nowhere VALUES (1)").execute());
        var last = writer.submit(insert("b"));
        gate.countDown();

        first.get();
        last.get();
        assertThatThrownBy(twice::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(SQLException.class)
                .hasMessageContaining(words().getFirst());
        assertThatThrownBy(wrong::get).hasMessageContaining(words().getLast());
        assertThat(names()).containsExactly("a", "b");
    }

    @Test
    void whatAUnitWroteBeforeItsProblemIsRolledBack() throws Exception {
        var gate = occupyWriter();
        var refused = writer.submit(tx -> {
            insert("half").apply(tx);
            throw Problem.of(ProblemCode.NOT_FOUND, "There is no such thing.").exception();
        });
        var good = writer.submit(insert("whole"));
        gate.countDown();

        good.get();
        assertThatThrownBy(refused::get).hasMessageContaining("not_found: There is no such thing.");
        assertThat(names()).containsExactly("whole");
    }

    @Test
    void aUnitThatRunsIntoAnErrorDoesNotEndTheWriter() throws Exception {
        var broken = writer.submit(tx -> {
            throw new StackOverflowError("deep");
        });

        assertThatThrownBy(broken::get).hasCauseInstanceOf(StackOverflowError.class);
        writer.submit(insert("after")).get(10, TimeUnit.SECONDS);
        assertThat(names()).containsExactly("after");
    }

    @Test
    void aBrokenConnectionIsOpenedAnewAndNobodyElseLosesAnything() throws Exception {
        writer.submit(insert("before")).get();
        var gate = occupyWriter();
        var killer = writer.submit(tx -> tx.connection().close());
        var good = writer.submit(insert("after"));
        gate.countDown();

        good.get();
        assertThat(killer.isDone()).isTrue();
        writer.submit(insert("later")).get();
        assertThat(names()).containsExactly("after", "before", "later");
        assertThat(opened.get()).isGreaterThan(1);
    }

    @Test
    void unitsAreToldThatTheyStandInABatchBeforeAnyOfItIsApplied() throws Exception {
        var order = new ArrayList<String>();
        var gate = occupyWriter();
        var both = List.of(writer.submit(noting("1", order)), writer.submit(noting("2", order)));
        gate.countDown();

        all(both).get();
        assertThat(order).containsExactly("1 drained", "2 drained", "1 applied", "2 applied");
    }

    @Test
    void closingWritesWhatWaits() throws Exception {
        var gate = occupyWriter();
        var waiting = IntStream.range(0, 3000)
                .mapToObj(i -> writer.submit(insert("thing " + i)))
                .toList();
        var closing = Thread.ofPlatform().start(writer::close);
        gate.countDown();
        closing.join();

        assertThat(waiting).allMatch(CompletableFuture::isDone).noneMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(names()).hasSize(3000);
    }

    @Test
    void afterClosingNothingIsTaken() {
        writer.close();

        assertThatThrownBy(() -> writer.submit(insert("late")).get()).hasMessageContaining("the database is closed");
        assertThat(names()).isEmpty();
    }

    @Test
    void whoeverComesWhileItClosesIsToldEitherWay() throws Exception {
        for (int round = 0; round < 20; round++) {
            writer.close();
            other.execute("DELETE FROM thing");
            start();
            var submitted = new ArrayList<CompletableFuture<Void>>();
            var crowd = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 2000; i++) {
                    submitted.add(writer.submit(insert("thing " + i)));
                }
            });
            writer.close();
            crowd.join();

            long written = 0;
            for (var future : submitted) {
                written +=
                        future.handle((done, failed) -> failed == null ? 1 : 0).get(10, TimeUnit.SECONDS);
            }
            assertThat(names()).hasSize((int) written);
        }
    }

    /** Keeps the writer busy until the latch is down, so that what is submitted meanwhile forms one batch. */
    CountDownLatch occupyWriter() throws InterruptedException {
        var gate = new CountDownLatch(1);
        var busy = new CountDownLatch(1);
        writer.submit(tx -> {
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

    private static Unit insert(String name) {
        return tx -> {
            var insert = tx.prepare("INSERT INTO thing (name) VALUES (?)");
            insert.setString(1, name);
            insert.executeUpdate();
        };
    }

    /** As the hot stores write. */
    static Unit gathered(String name) {
        return tx -> tx.batch("INSERT INTO thing (name) VALUES (?)", insert -> insert.setString(1, name));
    }

    @Test
    void whatIsGatheredIsCommittedToo() throws Exception {
        var gate = occupyWriter();
        var waiting = IntStream.range(0, 100)
                .mapToObj(i -> writer.submit(gathered("thing " + i)))
                .toList();
        gate.countDown();

        all(waiting).get();
        assertThat(names()).hasSize(100);
    }

    @Test
    void ofWhatIsGatheredOnlyTheGuiltyFails() throws Exception {
        var gate = occupyWriter();
        var first = writer.submit(gathered("a"));
        var twice = writer.submit(gathered("a"));
        var other = writer.submit(
                tx -> tx.batch("INSERT INTO thing (name) VALUES (lower(?))", row -> row.setString(1, "B")));
        var last = writer.submit(gathered("c"));
        gate.countDown();

        first.get();
        other.get();
        last.get();
        assertThatThrownBy(twice::get).hasMessageContaining(words().getFirst());
        assertThat(names()).containsExactly("a", "b", "c");
    }

    @Test
    void whatIsGatheredRunsBeforeAnyOtherStatement() throws Exception {
        var seen = new ArrayList<Integer>();
        writer.submit(tx -> {
                    tx.batch("INSERT INTO thing (name) VALUES (?)", row -> row.setString(1, "a"));
                    seen.add(count(tx));
                    tx.batch("INSERT INTO thing (name) VALUES (?)", row -> row.setString(1, "b"));
                    try (var row = tx.prepare("SELECT count(*) FROM thing").executeQuery()) {
                        row.next();
                        seen.add(row.getInt(1));
                    }
                })
                .get();

        assertThat(seen).containsExactly(1, 2);
    }

    @Test
    void whatAFailedUnitGatheredIsForgotten() throws Exception {
        var refused = writer.submit(tx -> {
            gathered("half").apply(tx);
            throw Problem.of(ProblemCode.NOT_FOUND, "There is no such thing.").exception();
        });
        assertThatThrownBy(refused::get).hasMessageContaining("not_found");

        writer.submit(gathered("whole")).get();
        assertThat(names()).containsExactly("whole");
    }

    private static int count(Tx tx) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM thing")
                .mapTo(Integer.class)
                .one();
    }

    @Test
    void whenTheDatabaseCannotBeOpenedAllThatWaitsIsToldAtOnce() throws Exception {
        var attempts = new AtomicInteger();
        var closed = new GroupCommit(
                () -> {
                    attempts.incrementAndGet();
                    throw new SQLException("nobody there");
                },
                () -> {});
        try {
            var waiting = IntStream.range(0, 50)
                    .mapToObj(i -> closed.submit(insert("x")))
                    .toList();
            for (var future : waiting) {
                assertThatThrownBy(future::get).hasMessageContaining("nobody there");
            }
            assertThat(attempts.get()).as("not one by one").isLessThanOrEqualTo(50);
            assertThat(closed.isFailing()).isTrue();
        } finally {
            closed.close();
        }
    }

    @Test
    void aUnitThatNobodyWaitsForIsWrittenTooAndSharesTheNextCommit() throws Exception {
        writer.submit(patient("alone")).get();
        assertThat(names()).containsExactly("alone");

        var gate = occupyWriter();
        var first = writer.submit(patient("first"));
        var second = writer.submit(insert("second"));
        var together = first.thenApply(done -> names().size());
        gate.countDown();
        second.get();
        assertThat(together.get()).isEqualTo(3);
    }

    /** After a second without work it sleeps, and everybody has to wake it. */
    @Test
    void afterARestAllKindsAreWritten() throws Exception {
        for (var unit : List.of(patient("first"), insert("second"), patient("third"))) {
            Thread.sleep(1100);
            writer.submit(unit).get(5, TimeUnit.SECONDS);
        }
        assertThat(names()).containsExactly("first", "second", "third");
    }

    /** Many threads, both kinds, pauses around the times at which it dozes off: none is overseen. */
    @Test
    void noneIsOverseen() throws Exception {
        var futures = new ConcurrentLinkedQueue<CompletableFuture<Void>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int t = 0; t < 8; t++) {
                int thread = t;
                threads.submit(() -> {
                    for (int i = 0; i < 60; i++) {
                        var name = thread + "-" + i;
                        var unit = (i + thread) % 3 == 0 ? patient(name) : insert(name);
                        var future = writer.submit(unit);
                        futures.add(future);
                        if (!unit.isPatient()) {
                            future.get(5, TimeUnit.SECONDS);
                        }
                        Thread.sleep(i % 5 * 5);
                    }
                    return true;
                });
            }
        }
        all(List.copyOf(futures)).get(5, TimeUnit.SECONDS);
        assertThat(names()).hasSize(8 * 60);
    }

    private static Unit patient(String name) {
        return new Unit() {
            @Override
            public void apply(Tx tx) throws SQLException {
                insert(name).apply(tx);
            }

            @Override
            public boolean isPatient() {
                return true;
            }
        };
    }

    private static Unit noting(String name, List<String> order) {
        return new Unit() {
            @Override
            public void apply(Tx tx) {
                order.add(name + " applied");
            }

            @Override
            public void drained() {
                order.add(name + " drained");
            }
        };
    }

    List<String> names() {
        try {
            return other.rows("SELECT name FROM thing ORDER BY name");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Void>> futures) {
        return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new));
    }

    @Test
    void aRefusalLeavesTheBatchWholeAndNothingOfItsOwn() throws Exception {
        var applied = new ConcurrentLinkedQueue<String>();
        var gate = occupyWriter();
        var first = writer.submit(counted("a", insert("a"), applied));
        var refused = writer.submit(mayRefuse(tx -> {
            insert("half").apply(tx);
            gathered("other half").apply(tx);
            throw refusal();
        }));
        var second = writer.submit(counted("b", gathered("b"), applied));
        var taken = writer.submit(mayRefuse(tx -> {
            try {
                insert("a").apply(tx);
            } catch (SQLException there) {
                throw refusal();
            }
        }));
        var let = writer.submit(mayRefuse(counted("c", gathered("c"), applied)));
        var last = writer.submit(counted("d", insert("d"), applied));
        var seen = first.thenApply(done -> names()); // on the writer's thread, at once
        gate.countDown();

        all(List.of(first, second, let, last)).get();
        assertThatThrownBy(refused::get).hasMessageContaining("not_found: There is no such thing.");
        assertThatThrownBy(taken::get).hasMessageContaining("not_found: There is no such thing.");
        assertThat(applied).as("each once: the batch was not written again").containsExactly("a", "b", "c", "d");
        assertThat(seen.get()).as("in one commit").containsExactly("a", "b", "c", "d");
        assertThat(names()).containsExactly("a", "b", "c", "d");
        assertThat(writer.isFailing()).isFalse();
    }

    /** A savepoint outside of a transaction would be one of its own. */
    @Test
    void nothingIsCommittedBeforeTheBatchIs() throws Exception {
        var seen = new ConcurrentLinkedQueue<List<String>>();
        var gate = occupyWriter();
        var first = writer.submit(mayRefuse(insert("a")));
        var refused = writer.submit(mayRefuse(tx -> {
            throw refusal();
        }));
        var last = writer.submit(tx -> seen.add(names()));
        gate.countDown();

        all(List.of(first, last)).get();
        assertThatThrownBy(refused::get).hasMessageContaining("not_found");
        assertThat(seen).containsExactly(List.of());
        assertThat(names()).containsExactly("a");
    }

    /** Its word was about a batch that was undone. */
    @Test
    void aRefusalInABatchThatFailsIsAskedForAgain() throws Exception {
        var gate = occupyWriter();
        var first = writer.submit(insert("a"));
        var times = new AtomicInteger();
        var refused = writer.submit(mayRefuse(tx -> {
            throw refusal();
        }));
        var refusedOnce = writer.submit(mayRefuse(tx -> {
            if (times.incrementAndGet() == 1) {
                throw refusal();
            }
            insert("c").apply(tx);
        }));
        var guilty = writer.submit(insert("a"));
        var last = writer.submit(insert("b"));
        gate.countDown();

        all(List.of(first, refusedOnce, last)).get();
        assertThatThrownBy(refused::get).hasMessageContaining("not_found");
        assertThatThrownBy(guilty::get).hasMessageContaining(words().getFirst());
        assertThat(times).hasValue(2);
        assertThat(names()).containsExactly("a", "b", "c");
    }

    private static ProblemException refusal() {
        return Problem.of(ProblemCode.NOT_FOUND, "There is no such thing.").exception();
    }

    private static Unit counted(String name, Unit unit, Collection<String> applied) {
        return tx -> {
            applied.add(name);
            unit.apply(tx);
        };
    }

    private static Unit mayRefuse(Unit unit) {
        return new Unit() {
            @Override
            public void apply(Tx tx) throws SQLException {
                unit.apply(tx);
            }

            @Override
            public boolean mayRefuse() {
                return true;
            }
        };
    }
}
