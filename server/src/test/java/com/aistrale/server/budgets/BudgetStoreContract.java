package com.aistrale.server.budgets;

import static com.aistrale.server.budgets.BudgetNode.TOKEN;
import static com.aistrale.server.budgets.BudgetNode.WORKSPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.budgets.Budget.Action;
import com.aistrale.server.budgets.BudgetNode.Ask;
import com.aistrale.server.budgets.Standing.Crossing;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.Telemetry;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What budgets do, on each database. */
@Timeout(120)
abstract class BudgetStoreContract {
    static final Instant MONDAY = Instant.parse("2026-11-30T23:00:00.000Z");
    static final Scope ALL = new Scope.Workspace();

    @TempDir
    Path folder;

    final AtomicReference<Instant> now = new AtomicReference<>(MONDAY);
    TestDatabase kind;
    OtherConnection file;
    BudgetNode node;

    abstract TestDatabase database(Path folder) throws Exception;

    @BeforeEach
    void open() throws Exception {
        kind = database(folder);
        node = node("node_1");
        file = kind.connect();
        file.execute("INSERT INTO workspace (id, name, name_key, created_at) VALUES ('ws_1', 'one', 'one', 1)");
        living("node_1");
    }

    @AfterEach
    void close() throws SQLException {
        file.close();
        node.close();
    }

    BudgetNode node(String id) throws SQLException {
        return new BudgetNode(kind.open(), id, now::get);
    }

    void living(String id) throws SQLException {
        file.execute("INSERT INTO node (id, started_at, seen_at) VALUES ('" + id + "', 1, 1)");
    }

    void later(Duration by) {
        now.updateAndGet(time -> time.plus(by));
    }

    /** A budget that counts from now on. */
    String budget(Scope scope, Period period, long limit, Action action, Integer... thresholds) {
        var id = node.create(scope, period, limit, action, thresholds).budget().id();
        later(Duration.ofSeconds(1));
        return id;
    }

    long spent(String id) {
        return node.standing(id).spentNanoUsd();
    }

    long reserved(String id) {
        return node.standing(id).reservedNanoUsd();
    }

    /** What the tables say of all, which must be the same as the sums. */
    void balanced() throws SQLException {
        assertThat(file.rows("""
                SELECT p.budget_id, p.period_start FROM budget_period p
                WHERE p.reserved_nano_usd <> (SELECT coalesce(sum(r.nano_usd), 0) FROM budget_reservation r
                  WHERE r.budget_id = p.budget_id AND r.period_start = p.period_start)
                """)).as("reserved is what is put aside").isEmpty();
    }

    List<String> events() throws SQLException {
        return file.rows("SELECT data FROM event WHERE type = 'cost.threshold_exceeded' ORDER BY seq").stream()
                .map(data -> Json.parse(data).get("threshold_percent").asString())
                .toList();
    }

    // ── counting ──

    @Test
    void countsTheCostOfEveryEndOnce() throws SQLException {
        var id = budget(ALL, Period.TOTAL, 1_000_000, Action.ALERT);
        var begun = node.begin(Ask.tokens(1));
        node.complete(begun, 300);
        node.complete(begun, 300);
        var failed = node.begin(Ask.tokens(1));
        failed.finish(BudgetNode.ended(failed, Status.FAILED, 20L));

        assertThat(node.standing(id).spentNanoUsd()).isEqualTo(320);
        assertThat(node.standing(id).reservedNanoUsd()).isZero();
        assertThat(node.standing(id).unpriced()).isZero();
        assertThat(file.rows("SELECT count(*) FROM budget_reservation")).containsExactly("0");
    }

    @Test
    void anUnknownCostIsToldApartAndNeverZero() {
        var id = budget(ALL, Period.TOTAL, 1_000_000, Action.ALERT);
        var begun = node.begin(Ask.tokens(1));
        begun.finish(BudgetNode.ended(begun, Status.FAILED, null));

        assertThat(node.standing(id).unpriced()).isEqualTo(1);
        assertThat(spent(id)).isZero();
    }

    @Test
    void countsItsScopeOnly() {
        var key = budget(new Scope.ApiKey("key_1"), Period.TOTAL, 1_000_000, Action.ALERT);
        var provider = budget(new Scope.Provider("p"), Period.TOTAL, 1_000_000, Action.ALERT);
        var model = budget(new Scope.Model("p", "m"), Period.TOTAL, 1_000_000, Action.ALERT);
        var metadata = budget(new Scope.Metadata("team", "search"), Period.TOTAL, 1_000_000, Action.ALERT);
        var all = budget(ALL, Period.TOTAL, 1_000_000, Action.ALERT);

        node.run(Ask.tokens(1), 1);
        node.run(Ask.tokens(1).by("key_2"), 10);
        node.run(Ask.tokens(1).of("p", "other"), 100);
        node.run(Ask.tokens(1).of("q", "m"), 1_000);
        node.run(Ask.tokens(1).with("team", "search"), 10_000);
        node.run(Ask.tokens(1).with("team", "Search"), 100_000);

        assertThat(spent(all)).isEqualTo(111_111);
        assertThat(spent(key)).isEqualTo(111_101);
        assertThat(spent(provider)).isEqualTo(110_111);
        assertThat(spent(model)).isEqualTo(110_011);
        assertThat(spent(metadata)).isEqualTo(10_000);
    }

    @Test
    void countsByTheProviderThatAnswered() {
        var p = budget(new Scope.Provider("p"), Period.TOTAL, 1_000_000, Action.ALERT);
        var q = budget(new Scope.Provider("q"), Period.TOTAL, 1_000_000, Action.ALERT);
        var begun = node.begin(Ask.tokens(1));
        begun.finish(BudgetNode.ended(begun, Status.COMPLETED, "q", "m", 7L));

        assertThat(spent(p)).isZero();
        assertThat(spent(q)).isEqualTo(7);
    }

    @Test
    void countsWhatBeginsFromItsCreationOn() {
        var before = node.begin(Ask.tokens(1));
        later(Duration.ofSeconds(1));
        var id = budget(ALL, Period.TOTAL, 1_000_000, Action.ALERT);
        node.complete(before, 5);
        assertThat(spent(id)).isZero();
        node.run(Ask.tokens(1), 7);
        assertThat(spent(id)).isEqualTo(7);
    }

    @Test
    void anInferenceCountsInThePeriodInWhichItBegan() throws SQLException {
        var id = budget(ALL, Period.DAY, 1_000_000, Action.ALERT);
        var begun = node.begin(Ask.tokens(1));
        later(Duration.ofHours(2)); // December
        assertThat(node.standing(id).start()).isEqualTo("2026-12-01T00:00:00Z");
        node.run(Ask.tokens(1), 10);
        node.complete(begun, 5);

        assertThat(spent(id)).isEqualTo(10);
        assertThat(file.rows("SELECT period_start, spent_nano_usd FROM budget_period ORDER BY period_start"))
                .containsExactly(
                        Instant.parse("2026-11-30T00:00:00Z").toEpochMilli() + "|5",
                        Instant.parse("2026-12-01T00:00:00Z").toEpochMilli() + "|10");
    }

    // ── blocking ──

    @Test
    void whatMayBeSpentIsPutAsideBeforeItBeginsAndGivenBackAtItsEnd() throws SQLException {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var begun = node.begin(Ask.tokens(4));

        assertThat(file.rows("SELECT budget_id, nano_usd, owner FROM budget_reservation"))
                .containsExactly(id + "|4000|node_1");
        assertThat(file.rows("SELECT status FROM inference")).containsExactly("running");
        assertThat(reserved(id)).isEqualTo(4 * TOKEN);
        assertThat(node.standing(id).remainingNanoUsd(10 * TOKEN)).isEqualTo(6 * TOKEN);
        node.complete(begun, 1500);
        assertThat(reserved(id)).isZero();
        assertThat(spent(id)).isEqualTo(1500);
        assertThat(file.rows("SELECT * FROM budget_reservation")).isEmpty();
    }

    @Test
    void aFailureGivesBack() {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        for (int i = 0; i < 20; i++) {
            var begun = node.begin(Ask.tokens(10));
            begun.finish(BudgetNode.ended(begun, Status.FAILED, null));
        }
        assertThat(reserved(id)).isZero();
        assertThat(spent(id)).isZero();
    }

    @Test
    void whatGoesBeyondTheLimitDoesNotBegin() throws SQLException {
        var id = budget(ALL, Period.MONTH, 10 * TOKEN, Action.BLOCK);
        node.run(Ask.tokens(10), 9_999);

        var refusal = node.refusal(Ask.tokens(1));

        assertThat(refusal.code()).isEqualTo(ProblemCode.BUDGET_EXCEEDED);
        assertThat(refusal.retryAfter()).isNull();
        assertThat(refusal.detail())
                .isEqualTo("The budget `a budget` (" + id + ") has no room for this: 0.000009999 of its 0.00001 USD"
                        + " are spent, and this may cost up to 0.000001 USD. It begins anew at"
                        + " 2026-12-01T00:00:00.000Z. Ask for fewer max_output_tokens, or have an admin raise its"
                        + " limit_usd.");
        assertThat(file.rows("SELECT count(*) FROM inference")).containsExactly("1");
        assertThat(reserved(id)).isZero();
        later(Duration.ofHours(2));
        node.run(Ask.tokens(10), 1);
        assertThat(spent(id)).as("of the new month").isEqualTo(1);
    }

    @Test
    void theWholeLimitMayBeSpent() {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        node.run(Ask.tokens(10), 10 * TOKEN);
        assertThat(spent(id)).isEqualTo(10 * TOKEN);
        assertThat(node.refusal(Ask.tokens(1)).detail()).contains("It never begins anew.");
    }

    @Test
    void whereOnlyWhatRunsStandsInTheWayTryingAgainMakesSense() {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var begun = node.begin(Ask.tokens(8));

        var refusal = node.refusal(Ask.tokens(3));

        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(refusal.detail())
                .isEqualTo("The budget `a budget` (" + id + ") has no room for this now: 0 of its 0.00001 USD are"
                        + " spent, 0.000008 USD are put aside for what runs, and this may cost up to 0.000003 USD. It"
                        + " never begins anew. What is put aside and not spent comes back: try again in a moment.");
        node.complete(begun, 7 * TOKEN);
        node.run(Ask.tokens(3), 3 * TOKEN);
        assertThat(spent(id)).isEqualTo(10 * TOKEN);
    }

    @Test
    void ofSeveralBudgetsTheOneThatRefusesForGoodIsNamed() {
        var waits = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var spent = budget(new Scope.Provider("p"), Period.TOTAL, 2 * TOKEN, Action.BLOCK);
        var begun = node.begin(Ask.tokens(10).of("q", "m"));

        var refusal = node.refusal(Ask.tokens(3));

        assertThat(refusal.detail()).contains(spent).doesNotContain(waits);
        assertThat(refusal.retryAfter()).isNull();
        assertThat(reserved(spent)).isZero();
        node.complete(begun, 1);
        assertThat(reserved(waits)).isZero();
    }

    @Test
    void aModelWithoutAPriceIsRefusedByName() {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);

        var refusal = node.refusal(Ask.tokens(1).of("p", "nobody-knows"));

        assertThat(refusal.code()).isEqualTo(ProblemCode.BUDGET_EXCEEDED);
        assertThat(refusal.retryAfter()).isNull();
        assertThat(refusal.detail())
                .contains("(" + id + ")", "the model `p/nobody-knows` has no known price", "price file", "`alert`");
    }

    @Test
    void anAlertRefusesNothingAndHoldsNothing() throws SQLException {
        var id = budget(ALL, Period.TOTAL, 1, Action.ALERT);
        assertThat(node.budgets.mayBlock(WORKSPACE)).isFalse();
        node.run(Ask.tokens(1_000_000).of("p", "nobody-knows"), 500);
        assertThat(spent(id)).isEqualTo(500);
        assertThat(node.standing(id).remainingNanoUsd(1)).isZero();
        assertThat(file.rows("SELECT * FROM budget_reservation")).isEmpty();
    }

    @Test
    void whereAnotherConditionDoesNotHoldNothingIsPutAside() throws SQLException {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var no = new IllegalStateException("limited");
        var condition = new Condition() {
            @Override
            public @Nullable RuntimeException hold(Tx tx) {
                return no;
            }

            @Override
            public void giveBack(Tx tx) {
                throw new AssertionError("it did not hold");
            }
        };
        assertThatThrownBy(() -> node.begin(Ask.tokens(1), condition)).isSameAs(no);
        assertThat(reserved(id)).isZero();
        assertThat(file.rows("SELECT * FROM budget_reservation")).isEmpty();
    }

    @Test
    void anotherTargetTakesThePlaceOfTheOneBefore() throws SQLException {
        var p = budget(new Scope.Provider("p"), Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var q = budget(new Scope.Provider("q"), Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var all = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var begun = node.begin(Ask.tokens(6));

        assertThat(node.move(begun, Ask.tokens(8).of("q", "m"))).isTrue();
        assertThat(reserved(p)).isZero();
        assertThat(reserved(q)).isEqualTo(8 * TOKEN);
        assertThat(reserved(all)).as("its own is no obstacle").isEqualTo(8 * TOKEN);

        assertThatThrownBy(() -> node.move(begun, Ask.tokens(11))).isInstanceOf(ProblemException.class);
        assertThat(reserved(q)).as("a refused move leaves things as they are").isEqualTo(8 * TOKEN);
        balanced();

        begun.finish(BudgetNode.ended(begun, Status.COMPLETED, "q", "m", 5L));
        for (var id : List.of(p, q, all)) {
            assertThat(reserved(id)).isZero();
        }
        assertThat(spent(q)).isEqualTo(5);
        assertThat(spent(p)).isZero();
    }

    @Test
    void aTargetThatNoBudgetCountsGivesBackWhatTheOneBeforeHad() {
        var p = budget(new Scope.Provider("p"), Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var begun = node.begin(Ask.tokens(6));
        assertThat(node.move(begun, Ask.tokens(6).of("q", "m"))).isTrue();
        assertThat(reserved(p)).isZero();
        assertThat(node.move(
                        node.begin(Ask.tokens(1).of("q", "m")), Ask.tokens(1).of("q", "n")))
                .as("nothing was held")
                .isFalse();
    }

    @Test
    void whatAGoneNodeHasPutAsideIsGivenBack() throws SQLException {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var mine = node.begin(Ask.tokens(2));
        try (var other = node("node_2")) {
            living("node_2");
            other.begin(Ask.tokens(7));
            inherit();
            assertThat(reserved(id)).as("both live").isEqualTo(9 * TOKEN);
            file.execute("DELETE FROM node WHERE id = 'node_2'");
        }
        inherit();
        assertThat(reserved(id)).isEqualTo(2 * TOKEN);
        node.complete(mine, 1);
        assertThat(reserved(id)).isZero();
        balanced();
    }

    void inherit() {
        node.database.write(tx -> {
            node.telemetry.interruptOrphans(tx);
            node.budgets.giveBack(tx);
            return true;
        });
        node.settle();
    }

    @Test
    void theEndOfANodeThatWasTakenForGoneCountsOnceItComes() throws SQLException {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var begun = node.begin(Ask.tokens(7));
        file.execute("DELETE FROM node WHERE id = 'node_1'");
        inherit();
        assertThat(file.rows("SELECT status FROM inference")).containsExactly("interrupted");
        assertThat(reserved(id)).isZero();

        node.complete(begun, 900);
        node.complete(begun, 900);

        assertThat(file.rows("SELECT status, cost_nano_usd FROM inference")).containsExactly("completed|900");
        assertThat(spent(id)).isEqualTo(900);
        assertThat(reserved(id)).isZero();
    }

    @Test
    void anEndThatCouldNotBeWrittenCountsWhenItIs() throws SQLException {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var begun = node.begin(Ask.tokens(7));
        kind.failInserts(file, "event", "disk full");
        assertThatThrownBy(() -> node.complete(begun, 900)).hasMessageContaining("database_unavailable");
        assertThat(spent(id)).isZero();
        assertThat(reserved(id)).isEqualTo(7 * TOKEN);
        kind.allowInserts(file, "event");

        await().untilAsserted(() -> assertThat(spent(id)).isEqualTo(900));
        assertThat(reserved(id)).isZero();
        balanced();
    }

    // ── thresholds ──

    @Test
    void eachThresholdIsNotedOnceWithItsEvent() throws SQLException {
        var id = budget(new Scope.Metadata("team", "a"), Period.MONTH, 1_000, Action.ALERT, 50, 80, 100, 150);
        var ask = Ask.tokens(1).with("team", "a");
        node.run(ask, 499);
        assertThat(events()).isEmpty();
        node.run(ask, 1);
        assertThat(events()).containsExactly("50");
        node.run(ask, 500);
        assertThat(events()).containsExactly("50", "80", "100");
        node.run(ask, 499);
        assertThat(events()).hasSize(3);

        assertThat(node.standing(id).crossings())
                .extracting(Crossing::percent, Crossing::spentNanoUsd)
                .containsExactly(tuple(50, 500L), tuple(80, 1000L), tuple(100, 1000L));
        var data = Json.parse(file.rows("SELECT data FROM event WHERE type = 'cost.threshold_exceeded' ORDER BY seq")
                .getFirst());
        assertThat(data).isEqualTo(Json.parse("""
                {"budget_id": "%s", "name": "a budget", "scope": {"type": "metadata", "key": "team", "value": "a"},
                 "period": "month", "period_start": "2026-11-01T00:00:00.000Z", "limit_usd": 0.000001,
                 "spent_usd": 5E-7, "threshold_percent": 50, "action": "alert"}""".formatted(id)));
        later(Duration.ofHours(2));
        assertThat(node.standing(id).crossings()).as("of the new month").isEmpty();
        node.run(ask, 500);
        assertThat(events()).containsExactly("50", "80", "100", "50");
    }

    @Test
    void aHigherLimitLetsAThresholdBeReachedAgainAndALowerOneReachesItAtOnce() throws SQLException {
        var id = budget(ALL, Period.TOTAL, 1_000, Action.ALERT, 50, 100);
        node.run(Ask.tokens(1), 1_000);
        assertThat(events()).containsExactly("50", "100");

        node.change(id, 2_000L, null);
        assertThat(node.standing(id).crossings()).extracting(Crossing::percent).containsExactly(50);
        assertThat(events()).hasSize(2);
        node.run(Ask.tokens(1), 1_000);
        assertThat(events()).containsExactly("50", "100", "100");

        node.change(id, 8_000L, null);
        assertThat(node.standing(id).crossings()).isEmpty();
        node.change(id, 4_000L, null);
        assertThat(events()).containsExactly("50", "100", "100", "50");
        node.change(id, 4_000L, List.of(25, 50));
        assertThat(events()).containsExactly("50", "100", "100", "50", "25");
        node.change(id, 4_000L, List.of(90));
        assertThat(node.standing(id).crossings()).isEmpty();
        assertThat(file.rows("SELECT count(*) FROM budget_crossing")).containsExactly("0");
    }

    @Test
    void aLowerLimitBlocksFromThenOn() {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        node.run(Ask.tokens(5), 5 * TOKEN);
        node.change(id, 3 * TOKEN, null);
        assertThat(node.standing(id).remainingNanoUsd(3 * TOKEN)).isZero();
        assertThat(node.refusal(Ask.tokens(1)).retryAfter()).isNull();
        node.change(id, 6 * TOKEN, null);
        node.run(Ask.tokens(1), TOKEN);
        assertThat(spent(id)).isEqualTo(6 * TOKEN);
    }

    @Test
    void theHighestLimitsDoNotOverflow() throws SQLException {
        var id = budget(ALL, Period.TOTAL, Budget.MOST_NANO_USD, Action.BLOCK, 1000, 1);
        node.run(Ask.tokens(1), Budget.MOST_NANO_USD / 100);
        assertThat(events()).containsExactly("1");
        node.run(Ask.tokens(1), Budget.MOST_NANO_USD);
        assertThat(events()).containsExactly("1");
        assertThat(node.refusal(Ask.tokens(1)).retryAfter()).isNull();
    }

    // ── clocks ──

    @Test
    void aClockThatIsSetBackOpensNoSecondPeriod() throws SQLException {
        var id = budget(ALL, Period.DAY, 10 * TOKEN, Action.BLOCK);
        node.run(Ask.tokens(1), TOKEN);
        later(Duration.ofHours(1)); // December
        node.run(Ask.tokens(1), 9 * TOKEN);
        later(Duration.ofHours(-1));

        assertThat(node.standing(id).start()).isEqualTo("2026-12-01T00:00:00Z");
        assertThat(node.refusal(Ask.tokens(2)).detail()).contains("begins anew at 2026-12-02T00:00:00.000Z");
        var begun = node.begin(Ask.tokens(1));
        assertThat(reserved(id)).as("in the period that has begun").isEqualTo(TOKEN);
        node.complete(begun, TOKEN);
        later(Duration.ofHours(1));
        assertThat(reserved(id)).isZero();

        assertThat(file.rows("SELECT period_start, spent_nano_usd FROM budget_period ORDER BY period_start"))
                .as("each by when it began")
                .containsExactly(
                        Instant.parse("2026-11-30T00:00:00Z").toEpochMilli() + "|" + 2 * TOKEN,
                        Instant.parse("2026-12-01T00:00:00Z").toEpochMilli() + "|" + 9 * TOKEN);
        balanced();
    }

    @Test
    void aClockThatRanAheadForAWhileOpensNoGate() {
        var id = budget(ALL, Period.MONTH, 10 * TOKEN, Action.BLOCK);
        later(Duration.ofDays(60));
        node.run(Ask.tokens(1), TOKEN);
        later(Duration.ofDays(-60));
        for (int i = 0; i < 10; i++) {
            node.run(Ask.tokens(1), TOKEN);
        }
        assertThat(node.refusal(Ask.tokens(1)).retryAfter()).isNull();
        assertThat(spent(id)).isEqualTo(TOKEN);
    }

    // ── what people do ──

    @Test
    void whatRunsOutlivesItsBudget() throws SQLException {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        var begun = node.begin(Ask.tokens(5));
        node.budgets.delete(BudgetNode.ADMIN, id);
        node.complete(begun, 5);
        node.run(Ask.tokens(50), 50);

        for (var table : List.of("budget", "budget_period", "budget_reservation", "budget_crossing")) {
            assertThat(file.rows("SELECT * FROM " + table)).as(table).isEmpty();
        }
        assertThat(file.rows("SELECT status FROM inference ORDER BY status")).containsExactly("completed", "completed");
    }

    @Test
    void theBudgetsOfAWorkspaceGoWithIt() throws SQLException {
        for (int i = 0; i < 3; i++) {
            budget(ALL, Period.HOUR, 100, Action.ALERT);
        }
        node.run(Ask.tokens(1), 100);
        int rows = 0;
        for (int batch = 1; batch > 0; ) {
            batch = node.budgets.deleteBatch(WORKSPACE, 500);
            rows += batch;
        }
        assertThat(rows).as("of each: itself, a period, three thresholds").isEqualTo(15);
        for (var table : List.of("budget", "budget_period", "budget_crossing")) {
            assertThat(file.rows("SELECT * FROM " + table)).as(table).isEmpty();
        }
        assertThat(node.budgets.deleteBatch(WORKSPACE, 500)).isZero();
    }

    @Test
    void aWorkspaceHasAHundredAtMostWhoeverMakesThem() throws Exception {
        var refused = new AtomicInteger();
        all(130, i -> {
            try {
                node.create(ALL, Period.TOTAL, 100, Action.ALERT);
            } catch (ProblemException full) {
                assertThat(full.problem().code()).isEqualTo(ProblemCode.CONFLICT);
                refused.incrementAndGet();
            }
        });
        assertThat(file.rows("SELECT count(*) FROM budget")).containsExactly("100");
        assertThat(refused).hasValue(30);
    }

    /** On a thread of its own. */
    static <T> FutureTask<T> beside(Callable<T> work) {
        var task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }

    interface Work {
        void run(int number) throws Exception;
    }

    /** At once. */
    static void all(int count, Work work) throws Exception {
        var failures = new ArrayList<Throwable>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var go = new CountDownLatch(1);
            for (int i = 0; i < count; i++) {
                int number = i;
                var _ = threads.submit(() -> {
                    try {
                        go.await();
                        work.run(number);
                    } catch (Throwable failed) {
                        synchronized (failures) {
                            failures.add(failed);
                        }
                    }
                    return true;
                });
            }
            go.countDown();
        }
        assertThat(failures).isEmpty();
    }

    /** Runs as a client does that tries again where it is told to. @return whether it ran */
    static boolean insist(BudgetNode on, Ask ask, long cost) throws InterruptedException {
        while (true) {
            try {
                var begun = on.begin(ask);
                on.complete(begun, cost);
                return true;
            } catch (ProblemException refused) {
                assertThat(refused.problem().code()).isEqualTo(ProblemCode.BUDGET_EXCEEDED);
                if (refused.problem().retryAfter() == null) {
                    return false;
                }
                Thread.sleep(20); // the clients of the test are in a hurry
            }
        }
    }

    @Test
    void fiveHundredAtOnceEndWithinOneRunOfTheLimit() throws Exception {
        var id = budget(ALL, Period.TOTAL, 300_500, Action.BLOCK);
        var ran = new AtomicInteger();
        all(500, i -> {
            if (insist(node, Ask.tokens(1), TOKEN)) {
                ran.incrementAndGet();
            }
        });
        assertThat(ran).hasValue(300);
        assertThat(spent(id)).isEqualTo(300_000);
        assertThat(reserved(id)).isZero();
        assertThat(events()).containsExactly("50", "80");
        assertThat(file.rows("SELECT threshold_percent FROM budget_crossing ORDER BY 1"))
                .containsExactly("50", "80");
        assertThat(file.rows("SELECT count(*), sum(cost_nano_usd) FROM inference"))
                .containsExactly("300|300000");
    }

    /** Holds the writer until it is counted down. */
    private CountDownLatch occupyWriter() throws InterruptedException {
        var entered = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        var _ = node.database.submit(tx -> {
            entered.countDown();
            try {
                go.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
            }
        });
        entered.await();
        return go;
    }

    /** Completes all of these in one transaction. */
    void completeTogether(List<Telemetry.Begun> begun, long cost) throws Exception {
        var go = occupyWriter();
        var waiting = new CountDownLatch(begun.size());
        var ends = beside(() -> {
            all(begun.size(), i -> {
                waiting.countDown();
                node.complete(begun.get(i), cost);
            });
            return true;
        });
        waiting.await();
        Thread.sleep(300); // all stand in the queue
        go.countDown();
        ends.get();
    }

    List<Telemetry.Begun> beginSome(int count) {
        var begun = new ArrayList<Telemetry.Begun>();
        for (int i = 0; i < count; i++) {
            begun.add(node.begin(Ask.tokens(1)));
        }
        return begun;
    }

    @Test
    void aBatchWritesTheSumsOnce() throws Exception {
        var id = budget(ALL, Period.TOTAL, 1_000_000 * TOKEN, Action.BLOCK);
        node.run(Ask.tokens(1), 1);
        file.execute("CREATE TABLE seen (id TEXT)");
        countWrites();
        var begun = beginSome(50);
        file.execute("DELETE FROM seen");

        completeTogether(begun, 10);

        assertThat(spent(id)).isEqualTo(501);
        assertThat(reserved(id)).isZero();
        assertThat(file.rows("SELECT id FROM seen")).containsExactly(id);
    }

    @Test
    void whereNoBudgetBlocksNothingIsWaitedFor() throws Exception {
        assertThat(node.budgets.of(BudgetNode.ended(node.begin(Ask.tokens(1)), Status.COMPLETED, 1L)))
                .as("without a budget there is nothing to write")
                .isNull();
        budget(ALL, Period.TOTAL, 1, Action.ALERT);
        budget(new Scope.Provider("another"), Period.TOTAL, 1, Action.BLOCK);
        node.run(Ask.tokens(1), 1);

        var go = occupyWriter();
        node.begin(Ask.tokens(1)); // else it would wait until this test has no more time
        go.countDown();
    }

    /** Notes each row of sums that is written in the table {@code seen}. */
    abstract void countWrites() throws SQLException;

    @Test
    void whatEndedLongAgoIsDeletedWithItsCrossings() throws Exception {
        now.set(Instant.parse("2026-11-10T10:30:00Z"));
        var hourly = budget(ALL, Period.HOUR, 100 * TOKEN, Action.ALERT, 50);
        var monthly = budget(ALL, Period.MONTH, 100 * TOKEN, Action.ALERT, 50);
        var total = budget(ALL, Period.TOTAL, 100 * TOKEN, Action.ALERT, 50);
        var began = now.get();
        node.run(Ask.tokens(60), 60 * TOKEN);
        file.execute(
                file.isPostgres()
                        ? "INSERT INTO budget_period SELECT '" + hourly + "', n, 1, 0, 0 FROM generate_series(1, 450) n"
                        : "INSERT INTO budget_period WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 450)"
                                + " SELECT '" + hourly + "', n, 1, 0, 0 FROM s");
        var may = new AtomicReference<>(true);
        var old = new OldPeriods(node.database, now::get, may::get);

        now.set(began.plus(OldPeriods.KEPT));
        old.once();
        assertThat(rows("budget_period")).as("what is older went").containsExactly(hourly, monthly, total);
        later(Duration.ofHours(1));
        may.set(false);
        old.once();
        assertThat(rows("budget_period")).hasSize(3);
        may.set(true);
        old.once();
        assertThat(rows("budget_period")).as("its hour is over").containsExactly(monthly, total);
        assertThat(rows("budget_crossing")).containsExactly(monthly, total);
        later(Duration.ofDays(32));
        old.once();
        assertThat(rows("budget_period")).containsExactly(total);
        assertThat(rows("budget_crossing")).containsExactly(total);
    }

    private List<String> rows(String table) throws SQLException {
        return file.rows("SELECT budget_id FROM " + table + " ORDER BY budget_id");
    }
}
