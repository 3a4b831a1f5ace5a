package com.aistrale.server.limits;

import static com.aistrale.server.telemetry.Records.TIME;
import static com.aistrale.server.telemetry.Records.WORKSPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.RateLimits;
import com.aistrale.server.access.Role;
import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Charge;
import com.aistrale.server.telemetry.InferenceRecord.Failure;
import com.aistrale.server.telemetry.InferenceRecord.Result;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.Records;
import com.aistrale.server.telemetry.Telemetry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What keys may run in a minute, on every database: two nodes take from the same buckets. */
@Timeout(60)
abstract class LimitsContract {
    static final String KEY = "key_1";

    @TempDir
    Path folder;

    final AtomicReference<Instant> clock = new AtomicReference<>(TIME);
    final AtomicInteger ids = new AtomicInteger();
    TestDatabase kind;
    Database database;
    Database shared;
    OtherConnection file;
    Node here;
    Node there;

    abstract TestDatabase database(Path folder) throws Exception;

    /** The same database for another node; SQLite has one process, so there it is the same one. */
    abstract Database forAnotherNode() throws SQLException;

    /** Notes the key of each row that is changed in the table {@code seen}. */
    abstract void watchUpdates(OtherConnection other) throws SQLException;

    @BeforeEach
    void open() throws Exception {
        kind = database(folder);
        database = kind.open();
        shared = forAnotherNode();
        file = kind.connect();
        here = new Node(database);
        there = new Node(shared);
    }

    @AfterEach
    void close() throws SQLException {
        file.close();
        if (shared != database) {
            shared.close();
        }
        database.close();
    }

    /** What runs inferences. */
    final class Node {
        final Database database;
        final Limits limits;
        final Telemetry telemetry;

        Node(Database database) {
            this.database = database;
            InstantSource time = clock::get;
            limits = new Limits(database, time);
            telemetry =
                    new Telemetry(database, new SqlEvents(), new Ids(time, new SecureRandom()), time, "node_1", limits);
        }

        Telemetry.Begun begin(Caller caller, long tokens, Condition... more) {
            var id = "inf_" + ids.incrementAndGet();
            var conditions = new ArrayList<Condition>();
            var taking = limits.take(caller, id, tokens);
            if (taking != null) {
                conditions.add(taking);
            }
            conditions.addAll(List.of(more));
            return telemetry.begin(Records.running(id, clock.get(), "openai", "gpt-4o"), conditions);
        }

        /** The refusal of another inference. */
        Problem refusal(Caller caller, long tokens) {
            var refused = catchThrowableOfType(ProblemException.class, () -> begin(caller, tokens));
            assertThat(refused).as("it was let in").isNotNull();
            assertThat(refused.problem().code()).isEqualTo(ProblemCode.RATE_LIMITED);
            return refused.problem();
        }

        String left(Caller caller, String what) {
            return Objects.requireNonNull(limits.headers(caller).get("x-ratelimit-remaining-" + what));
        }
    }

    static Caller caller(String key, @Nullable Integer requests, @Nullable Integer tokens) {
        var limits = new RateLimits(
                requests == null ? null : requests.longValue(), tokens == null ? null : tokens.longValue());
        return new Caller(WORKSPACE, key, Role.MEMBER, null, false, null, limits);
    }

    static Caller caller(@Nullable Integer requests, @Nullable Integer tokens) {
        return caller(KEY, requests, tokens);
    }

    private void pass(Duration time) {
        clock.updateAndGet(now -> now.plus(time));
    }

    private static InferenceRecord ended(
            Telemetry.Begun begun, Status status, @Nullable Usage usage, @Nullable Failure failure) {
        var record = begun.record();
        var result = new Result(null, usage, Charge.UNKNOWN, 1L, null, List.of(), failure);
        return new InferenceRecord(
                record.id(),
                status,
                record.createdAt(),
                record.createdAt(),
                record.origin(),
                record.provider(),
                record.model(),
                result);
    }

    private static void complete(Telemetry.Begun begun, long input, long output) {
        begun.finish(ended(begun, Status.COMPLETED, new Usage(input, output, null, null, null), null));
    }

    private static void fail(Telemetry.Begun begun, @Nullable Usage usage) {
        begun.finish(ended(begun, Status.FAILED, usage, new Failure("provider_failed", "broken", null, null)));
    }

    @Test
    void aKeyWithoutLimitsTakesNothing() throws SQLException {
        var free = caller(null, null);

        assertThat(here.limits.take(free, "inf_1", 1_000_000)).isNull();
        assertThat(here.limits.headers(free)).isEmpty();
        complete(here.begin(free, 5), 1, 1);
        assertThat(file.rows("SELECT * FROM key_limit")).isEmpty();
    }

    @Test
    void soManyRequestsAMinuteAndNotOneMore() throws SQLException {
        var caller = caller(7, null);
        for (int i = 0; i < 7; i++) {
            here.begin(caller, 1_000_000);
        }

        var refusal = here.refusal(caller, 1);
        assertThat(refusal.detail())
                .isEqualTo(
                        "The API key key_1 may begin 7 requests a minute (requests_per_minute), and has. The next one"
                                + " may begin in 8.572s.");
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofMillis(8572));
        assertThat(file.rows("SELECT count(*) FROM inference"))
                .as("refused ones are none")
                .containsExactly("7");
        assertThat(here.limits.headers(caller))
                .isEqualTo(Map.of(
                        "x-ratelimit-limit-requests", "7",
                        "x-ratelimit-remaining-requests", "0",
                        "x-ratelimit-reset-requests", "1m0s"));

        pass(Duration.ofMillis(8571));
        here.refusal(caller, 1);
        pass(Duration.ofMillis(1));
        here.begin(caller, 1);
        here.refusal(caller, 1);
    }

    @Test
    void afterTheBurstTheyComeAtASteadyRate() {
        var caller = caller(60, null);
        int let = 0;
        for (int tenth = 0; tenth < 600; tenth++) { // ten a second, for a minute
            try {
                here.begin(caller, 1);
                let++;
            } catch (ProblemException limited) {
                assertThat(limited.problem().retryAfter()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
            }
            pass(Duration.ofMillis(100));
        }
        assertThat(let).as("60 at once, then one a second until the 59.9th").isEqualTo(60 + 59);
        pass(Duration.ofHours(5));
        assertThat(here.left(caller, "requests"))
                .as("never more than a minute's")
                .isEqualTo("60");
    }

    @Test
    void tokensAreTakenBeforeAndCorrectedAfter() throws SQLException {
        var caller = caller(null, 1000);
        var first = here.begin(caller, 600);

        var refusal = here.refusal(caller, 500);
        assertThat(refusal.detail())
                .isEqualTo("The API key key_1 may use 1000 tokens a minute (tokens_per_minute), of which 400 are left;"
                        + " this request may use 500. It may begin in 6s; with a lower limit for its output it may use"
                        + " less.");
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(6));
        var second = here.begin(caller, 400);
        assertThat(here.left(caller, "tokens")).isEqualTo("0");

        complete(first, 10, 20);
        assertThat(here.left(caller, "tokens")).as("down").isEqualTo("570");
        complete(second, 500, 600);
        assertThat(here.left(caller, "tokens")).as("up").isEqualTo("0");
        assertThat(here.limits.headers(caller)).containsEntry("x-ratelimit-reset-tokens", "1m7.8s");
        assertThat(here.refusal(caller, 1).retryAfter()).isEqualTo(Duration.ofMillis(7860));
        assertThat(file.rows("SELECT tokens_limit, tokens_out FROM key_limit"))
                .containsExactly("1000|" + 1130 * Bucket.MINUTE);
    }

    @Test
    void whatFailedGivesItsTokensBackAndStaysARequest() {
        var caller = caller(10, 1000);
        var unanswered = here.begin(caller, 400);
        var brokenOff = here.begin(caller, 400);
        assertThat(here.left(caller, "tokens")).isEqualTo("200");

        fail(unanswered, null);
        assertThat(here.left(caller, "tokens")).isEqualTo("600");
        fail(brokenOff, new Usage(10L, 90L, null, null, null));
        assertThat(here.left(caller, "tokens")).isEqualTo("900");
        assertThat(here.left(caller, "requests")).isEqualTo("8");
    }

    @Test
    void whereNobodyCountedWhatItMayHaveUsedStaysTaken() {
        var caller = caller(null, 1000);
        var begun = here.begin(caller, 400);

        begun.finish(ended(begun, Status.COMPLETED, null, null));

        assertThat(here.left(caller, "tokens")).isEqualTo("600");
    }

    @Test
    void anEndIsCorrectedOnce() {
        var caller = caller(null, 1000);
        here.begin(caller, 500);
        var begun = here.begin(caller, 400);

        complete(begun, 10, 10);
        complete(begun, 10, 10);

        assertThat(here.left(caller, "tokens")).isEqualTo("480");
    }

    @Test
    void whatIsLargerThanAMinuteIsLetInAlone() {
        var caller = caller(null, 100);
        var large = here.begin(caller, 5000);

        assertThat(here.left(caller, "tokens")).isEqualTo("0");
        assertThat(here.refusal(caller, 7000).retryAfter()).isEqualTo(Duration.ofMinutes(1));
        complete(large, 20, 10);
        assertThat(here.refusal(caller, 7000).retryAfter())
                .as("all of the bucket is needed")
                .isEqualTo(Duration.ofSeconds(18));
        pass(Duration.ofSeconds(18));
        var next = here.begin(caller, 7000);
        complete(next, 200, 50);
        assertThat(here.refusal(caller, 1).retryAfter())
                .as("it used 150 more than there were")
                .isEqualTo(Duration.ofMillis(90_600));
    }

    @Test
    void whatIsRefusedByOneLimitTakesNothingOfTheOther() {
        var caller = caller(10, 1000);
        here.begin(caller, 1000);

        assertThat(here.refusal(caller, 1).detail()).contains("tokens_per_minute");
        assertThat(here.left(caller, "requests")).isEqualTo("9");

        var few = caller("key_2", 1, 1000);
        here.begin(few, 1);
        assertThat(here.refusal(few, 1).detail()).contains("requests_per_minute");
        assertThat(here.left(few, "tokens")).isEqualTo("999");
    }

    /** Such as a budget. */
    private static Condition refusing(RuntimeException refusal) {
        return new Condition() {
            @Override
            public RuntimeException hold(Tx tx) {
                return refusal;
            }

            @Override
            public void giveBack(Tx tx) {
                throw new AssertionError("it held nothing");
            }
        };
    }

    @Test
    void whatSomethingElseRefusesTakesNothing() throws SQLException {
        var caller = caller(10, 1000);
        var spent = new IllegalStateException("spent");

        assertThat(catchThrowableOfType(IllegalStateException.class, () -> here.begin(caller, 400, refusing(spent))))
                .isSameAs(spent);

        assertThat(here.left(caller, "requests")).isEqualTo("10");
        assertThat(here.left(caller, "tokens")).isEqualTo("1000");
        assertThat(file.rows("SELECT requests_out, tokens_out FROM key_limit")).containsExactly("0|0");
    }

    @Test
    void twoNodesTakeFromTheSameBuckets() {
        var caller = caller(10, 1000);
        for (int i = 0; i < 5; i++) {
            here.begin(caller, 50);
            complete(there.begin(caller, 100), 30, 40);
        }

        assertThat(here.refusal(caller, 1).detail()).contains("requests_per_minute");
        assertThat(there.refusal(caller, 1).detail()).contains("requests_per_minute");
        assertThat(here.left(caller, "tokens")).isEqualTo(String.valueOf(1000 - 5 * 50 - 5 * 70));
        assertThat(there.left(caller, "tokens")).isEqualTo(here.left(caller, "tokens"));
    }

    @Test
    void aNodeThatNeverSawTheKeyLooksWhatIsLeft() {
        var caller = caller(10, 1000);
        here.begin(caller, 250);

        assertThat(there.left(caller, "requests")).isEqualTo("9");
        assertThat(there.left(caller, "tokens")).isEqualTo("750");
        assertThat(there.limits.headers(caller("key_new", 5, null)))
                .isEqualTo(Map.of(
                        "x-ratelimit-limit-requests", "5",
                        "x-ratelimit-remaining-requests", "5",
                        "x-ratelimit-reset-requests", "0s"));
    }

    @Test
    void whenTheClockGoesBackNothingRefillsTwiceAndNoWaitIsNegative() {
        var caller = caller(60, null);
        for (int i = 0; i < 60; i++) {
            here.begin(caller, 1);
        }
        pass(Duration.ofSeconds(10));
        for (int i = 0; i < 10; i++) {
            here.begin(caller, 1);
        }

        pass(Duration.ofSeconds(-10));
        assertThat(there.refusal(caller, 1).retryAfter())
                .as("nothing comes back before the clock is where it was")
                .isEqualTo(Duration.ofSeconds(11));
        assertThat(there.left(caller, "requests")).isEqualTo("0");
        pass(Duration.ofSeconds(10));
        assertThat(there.refusal(caller, 1).retryAfter()).isEqualTo(Duration.ofSeconds(1));
        pass(Duration.ofSeconds(1));
        there.begin(caller, 1);
        here.refusal(caller, 1);
    }

    @Test
    void aClockThatIsSetBackForHoursKeepsNobodyOut() {
        var caller = caller(60, null);
        for (int i = 0; i < 60; i++) {
            here.begin(caller, 1);
        }

        pass(Duration.ofHours(-2));

        assertThat(there.refusal(caller, 1).retryAfter())
                .as("and lets nobody in at once")
                .isEqualTo(Duration.ofSeconds(1));
        pass(Duration.ofSeconds(1));
        there.begin(caller, 1);
        here.refusal(caller, 1);
    }

    /** A clock that swings between the nodes, as theirs differ. */
    @Test
    void clocksThatDifferLetInNoMore() {
        var caller = caller(60, null);
        int let = 0;
        for (int i = 0; i < 300; i++) { // 30 seconds, of which every other node is 5 behind
            try {
                (i % 2 == 0 ? here : there).begin(caller, 1);
                let++;
            } catch (ProblemException limited) {
                assertThat(limited.problem().retryAfter()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(6));
            }
            pass(i % 2 == 0 ? Duration.ofMillis(100 - 5000) : Duration.ofMillis(100 + 5000));
        }
        assertThat(let).isEqualTo(60 + 29);
    }

    @Test
    void aHigherLimitHasRoomAtOnceAndALowerOneWithinAMinute() {
        for (int i = 0; i < 100; i++) {
            here.begin(caller(100, 1000), 10);
        }
        here.refusal(caller(100, 1000), 10);

        assertThat(there.left(caller(150, 5000), "requests")).isEqualTo("50");
        there.begin(caller(150, 5000), 4000);
        here.begin(caller(null, null), 4000);
        var low = caller(3, 30);
        assertThat(here.refusal(low, 10).retryAfter()).isEqualTo(Duration.ofSeconds(20));
        pass(Duration.ofMinutes(1));
        here.begin(low, 10);
        assertThat(here.left(low, "requests")).isEqualTo("2");
        here.begin(caller(3, null), 10);
        assertThat(here.left(caller(3, 500), "tokens")).as("a new limit").isEqualTo("500");
    }

    @Test
    void ofMoreThanFitAtTheSameTimeSoManyAreLetInAsFit() throws Exception {
        var caller = caller(40, 1000);
        var let = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Callable<Void>>();
            for (int i = 0; i < 200; i++) {
                var node = i % 2 == 0 ? here : there;
                all.add(() -> {
                    try {
                        var begun = node.begin(caller, 20);
                        let.incrementAndGet();
                        complete(begun, 10, 10);
                    } catch (ProblemException limited) {
                        assertThat(limited.problem().code()).isEqualTo(ProblemCode.RATE_LIMITED);
                    }
                    return null;
                });
            }
            for (var one : threads.invokeAll(all)) {
                one.get();
            }
        }
        assertThat(let).hasValue(40);
        assertThat(file.rows("SELECT requests_out, tokens_out FROM key_limit"))
                .containsExactly(40 * Bucket.MINUTE + "|" + 800 * Bucket.MINUTE);
    }

    /** Begins these while the writer is busy, so that they stand in one batch. */
    private List<Telemetry.@Nullable Begun> together(Caller... callers) throws Exception {
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
        var begun = new ArrayList<AtomicReference<Telemetry.@Nullable Begun>>();
        var threads = new ArrayList<Thread>();
        for (var caller : callers) {
            var one = new AtomicReference<Telemetry.@Nullable Begun>();
            begun.add(one);
            var thread = Thread.ofPlatform().start(() -> {
                try {
                    one.set(here.begin(caller, 100));
                } catch (ProblemException refused) {
                    assertThat(refused.problem().code()).isEqualTo(ProblemCode.RATE_LIMITED);
                }
            });
            while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            threads.add(thread);
        }
        gate.countDown();
        for (var thread : threads) {
            thread.join();
        }
        var all = new ArrayList<Telemetry.@Nullable Begun>();
        begun.forEach(one -> all.add(one.get()));
        return all;
    }

    @Test
    void aBatchWritesEachKeyOnce() throws Exception {
        var a = caller("key_a", 3, 1000);
        var b = caller("key_b", 100, 1000);
        here.begin(a, 100);
        here.begin(b, 100);
        file.execute("CREATE TABLE seen (id TEXT)");
        watchUpdates(file);

        assertThat(together(b, a, a, a, b)).extracting(Objects::nonNull).containsExactly(true, true, true, false, true);

        assertThat(file.rows("SELECT id FROM seen")).containsExactly("key_a", "key_b");
        assertThat(file.rows("SELECT api_key_id, requests_out, tokens_out FROM key_limit ORDER BY 1"))
                .containsExactly(
                        "key_a|" + 3 * Bucket.MINUTE + "|" + 300 * Bucket.MINUTE,
                        "key_b|" + 3 * Bucket.MINUTE + "|" + 300 * Bucket.MINUTE);
    }

    @Test
    void aBatchThatIsWrittenAgainTakesOnce() throws Exception {
        var caller = caller(10, 1000);
        var fresh = caller("key_new", 10, 1000);
        here.begin(caller, 100);
        kind.failInserts(file, "key_limit", "disk full"); // for the key that is not there yet
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
        var threads = List.of(beginning(caller), beginning(fresh), beginning(caller));
        gate.countDown();
        for (var thread : threads) {
            thread.join();
        }

        assertThat(file.rows("SELECT api_key_id, requests_out, tokens_out FROM key_limit"))
                .containsExactly(KEY + "|" + 3 * Bucket.MINUTE + "|" + 300 * Bucket.MINUTE);
    }

    private Thread beginning(Caller caller) {
        var thread = Thread.ofPlatform().start(() -> {
            try {
                here.begin(caller, 100);
            } catch (ProblemException failed) {
                assertThat(failed.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
                assertThat(caller.apiKeyId()).isEqualTo("key_new");
            }
        });
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        return thread;
    }

    @Test
    void whatAnotherUnitOfTheBatchUndoesIsTakenNevertheless() throws SQLException {
        var caller = caller(10, 1000);
        var refused = Problem.of(ProblemCode.CONFLICT, "no").exception();
        var first = Objects.requireNonNull(here.limits.take(caller, "inf_a", 100));
        var second = Objects.requireNonNull(here.limits.take(caller, "inf_b", 100));
        var gate = database.submit(tx -> {
            first.announce(tx);
            assertThat(first.hold(tx)).isNull();
        });
        var refusing = database.submit(new com.aistrale.server.kit.sql.Unit() {
            @Override
            public void apply(Tx tx) {
                throw refused;
            }

            @Override
            public boolean mayRefuse() {
                return true;
            }
        });
        var last = database.submit(tx -> assertThat(second.hold(tx)).isNull());
        gate.join();
        last.join();
        assertThat(refusing).failsWithin(Duration.ofSeconds(9));

        assertThat(file.rows("SELECT requests_out, tokens_out FROM key_limit"))
                .containsExactly(2 * Bucket.MINUTE + "|" + 200 * Bucket.MINUTE);
    }

    @Test
    void theRowsOfAWorkspacesKeysGoWithIt() throws SQLException {
        file.execute("INSERT INTO workspace (id, name, name_key, created_at) VALUES ('ws_1', 'a', 'a', 0),"
                + " ('ws_2', 'b', 'b', 0)");
        for (var key : List.of("key_1|ws_1", "key_2|ws_1", "key_3|ws_2")) {
            var parts = key.split("\\|", -1);
            file.execute("INSERT INTO api_key (id, workspace_id, name, role, hash, last_four, created_at) VALUES ('"
                    + parts[0] + "', '" + parts[1] + "', 'n', 'member', "
                    + (file.isPostgres() ? "'" + parts[0] + "'::bytea" : "CAST('" + parts[0] + "' AS BLOB)")
                    + ", 'abcd', 0)");
            here.begin(caller(parts[0], 10, 100), 10);
        }

        assertThat(here.limits.deleteBatch(WORKSPACE, 1)).isEqualTo(1);
        assertThat(here.limits.deleteBatch(WORKSPACE, 500)).isEqualTo(1);
        assertThat(here.limits.deleteBatch(WORKSPACE, 500)).isZero();
        assertThat(file.rows("SELECT api_key_id FROM key_limit")).containsExactly("key_3");
    }

    @Test
    void anEndAfterItsWorkspaceWentMakesNoRow() throws SQLException {
        var begun = here.begin(caller(10, 100), 50);
        file.execute("DELETE FROM key_limit");

        complete(begun, 1, 1);

        assertThat(file.rows("SELECT * FROM key_limit")).isEmpty();
    }
}
