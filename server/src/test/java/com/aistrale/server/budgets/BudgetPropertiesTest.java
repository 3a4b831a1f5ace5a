package com.aistrale.server.budgets;

import static com.aistrale.server.budgets.BudgetNode.TOKEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.budgets.Budget.Action;
import com.aistrale.server.budgets.BudgetNode.Ask;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.Telemetry;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever happens in whatever order: what is spent is what the records cost, and what is reserved is what is put aside. */
class BudgetPropertiesTest {
    /** Something that happens. @param which chooses among the inferences that run */
    record Step(What what, int which, int tokens, int seconds) {}

    enum What {
        BEGIN,
        MOVE,
        COMPLETE,
        FAIL,
        /** It is told a second time. */
        AGAIN,
        /** The end cannot be written when it comes. */
        LATE,
        /** Others take this node for gone. */
        EXPIRE,
        RAISE,
        LOWER
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(What.class),
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.integers().between(0, 60),
                        Arbitraries.integers().between(-3000, 5000))
                .as(Step::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(40);
    }

    @Property(tries = 60)
    void theSumsAreTheSumsOfTheRecords(@ForAll("steps") List<Step> steps) throws Exception {
        var folder = Files.createTempDirectory("aistrale-budgets");
        try (var world = new World(TestDatabase.sqlite(folder))) {
            for (var step : steps) {
                world.happens(step);
            }
            world.endAll();
        } finally {
            try (var files = Files.list(folder)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static final class World implements AutoCloseable {
        private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-30T22:00:00Z"));
        private final TestDatabase kind;
        private final BudgetNode node;
        private final OtherConnection file;
        private final List<Telemetry.Begun> running = new ArrayList<>();
        private final List<Telemetry.Begun> told = new ArrayList<>();
        private final List<String> budgets = new ArrayList<>();

        /** Crossings of periods that were over when the limit was changed: they stay, as they were true. */
        private final Set<String> past = new HashSet<>();

        World(TestDatabase kind) throws SQLException {
            this.kind = kind;
            node = new BudgetNode(kind.open(), "node_1", now::get);
            file = kind.connect();
            file.execute("INSERT INTO workspace (id, name, name_key, created_at) VALUES ('ws_1', 'one', 'one', 1)");
            live();
            budgets.add(make(new Scope.Workspace(), Period.HOUR, 100, Action.BLOCK));
            budgets.add(make(new Scope.Provider("p"), Period.TOTAL, 300, Action.BLOCK));
            budgets.add(make(new Scope.Model("q", "m"), Period.DAY, 300, Action.ALERT));
            now.updateAndGet(time -> time.plusSeconds(1));
        }

        private String make(Scope scope, Period period, long tokens, Action action) {
            return node.create(scope, period, tokens * TOKEN, action).budget().id();
        }

        private void live() throws SQLException {
            file.execute("INSERT INTO node (id, started_at, seen_at) VALUES ('node_1', 1, 1)");
        }

        void happens(Step step) throws SQLException {
            now.updateAndGet(time -> time.plusSeconds(step.seconds()));
            var ask = Ask.tokens(step.tokens()).of(step.which() % 2 == 0 ? "p" : "q", "m");
            switch (step.what()) {
                case BEGIN -> begin(ask);
                case MOVE -> move(step, ask);
                case COMPLETE -> end(step, Status.COMPLETED, step.tokens() * TOKEN - 1);
                case FAIL -> end(step, Status.FAILED, null);
                case AGAIN -> {
                    if (!told.isEmpty()) {
                        node.complete(told.get(step.which() % told.size()), 77);
                    }
                }
                case LATE -> late(step);
                case EXPIRE -> expire();
                case RAISE -> change(step, 500L + step.tokens());
                case LOWER -> change(step, 1L + step.tokens());
            }
            balanced();
        }

        private void change(Step step, long tokens) throws SQLException {
            var id = budgets.get(step.which() % 3);
            var budget = node.change(id, tokens * TOKEN, null).budget();
            long period = budget.period().start(now.get()).toEpochMilli();
            past.addAll(file.rows(
                    "SELECT budget_id, period_start, threshold_percent FROM budget_crossing WHERE budget_id = '" + id
                            + "' AND period_start < " + period));
        }

        private void begin(Ask ask) {
            try {
                running.add(node.begin(ask));
            } catch (ProblemException refused) {
                // as it may be
            }
        }

        private void move(Step step, Ask ask) {
            if (!running.isEmpty()) {
                try {
                    node.move(running.get(step.which() % running.size()), ask);
                } catch (ProblemException refused) {
                    // as it may be
                }
            }
        }

        private void end(Step step, Status status, @org.jspecify.annotations.Nullable Long cost) {
            if (!running.isEmpty()) {
                var begun = running.remove(step.which() % running.size());
                begun.finish(BudgetNode.ended(
                        begun,
                        status,
                        step.tokens() % 3 == 0 ? "q" : "p",
                        "m",
                        cost == null ? null : Math.max(0, cost)));
                told.add(begun);
            }
        }

        private void late(Step step) throws SQLException {
            if (running.isEmpty()) {
                return;
            }
            var begun = running.remove(step.which() % running.size());
            kind.failInserts(file, "event", "disk full");
            try {
                node.complete(begun, 5);
            } catch (ProblemException unavailable) {
                // it is told when the database takes it
            }
            kind.allowInserts(file, "event");
            await().pollInterval(Duration.ofMillis(20))
                    .until(() -> !file.rows("SELECT 1 FROM inference WHERE id = '"
                                    + begun.record().id() + "' AND status <> 'running'")
                            .isEmpty());
            told.add(begun);
        }

        private void expire() throws SQLException {
            file.execute("DELETE FROM node");
            node.database.write(tx -> {
                node.telemetry.interruptOrphans(tx);
                node.budgets.giveBack(tx);
                return true;
            });
            node.settle();
            live();
        }

        void endAll() throws SQLException {
            while (!running.isEmpty()) {
                node.complete(running.removeFirst(), 3);
            }
            balanced();
            assertThat(file.rows("SELECT * FROM budget_period WHERE reserved_nano_usd <> 0"))
                    .isEmpty();
            assertThat(file.rows("SELECT * FROM budget_reservation")).isEmpty();
        }

        private void balanced() throws SQLException {
            assertThat(file.rows("""
                    SELECT p.budget_id FROM budget_period p WHERE p.reserved_nano_usd <>
                      (SELECT coalesce(sum(nano_usd), 0) FROM budget_reservation r
                       WHERE r.budget_id = p.budget_id AND r.period_start = p.period_start)
                    """)).as("reserved").isEmpty();
            assertThat(file.rows("""
                    SELECT r.budget_id FROM budget_reservation r LEFT JOIN budget_period p
                      ON r.budget_id = p.budget_id AND r.period_start = p.period_start
                    WHERE p.budget_id IS NULL
                    """)).as("reserved in a period").isEmpty();
            assertThat(file.rows("SELECT spent, unpriced FROM (SELECT b.id, (SELECT coalesce(sum(spent_nano_usd), 0)"
                            + " FROM budget_period p WHERE p.budget_id = b.id) AS spent, (SELECT coalesce(sum(unpriced), 0)"
                            + " FROM budget_period p WHERE p.budget_id = b.id) AS unpriced FROM budget b) ORDER BY id"))
                    .as("spent")
                    .isEqualTo(
                            file.rows(
                                    """
                    SELECT (SELECT coalesce(sum(i.cost_nano_usd), 0) FROM inference i WHERE %1$s),
                      (SELECT count(*) FROM inference i WHERE %1$s AND i.cost_nano_usd IS NULL
                         AND i.status NOT IN ('running', 'interrupted'))
                    FROM budget b ORDER BY b.id
                    """.formatted(
                                                    "i.created_at >= b.created_at AND (b.scope = 'workspace' OR b.scope_name = i.provider)")));
            for (var period : List.of(Period.HOUR, Period.DAY)) {
                assertEachPeriod(period);
            }
            assertThat(file.rows("""
                    SELECT c.budget_id, c.period_start, c.threshold_percent FROM budget_crossing c
                    JOIN budget_period p ON p.budget_id = c.budget_id AND p.period_start = c.period_start
                    JOIN budget b ON b.id = c.budget_id
                    WHERE p.period_start = (SELECT max(period_start) FROM budget_period WHERE budget_id = b.id)
                      AND p.spent_nano_usd * 100 < b.limit_nano_usd * c.threshold_percent
                    """)).as("what is noted is reached").isSubsetOf(past);
        }

        /** Each record in the period in which it began. */
        private void assertEachPeriod(Period period) throws SQLException {
            long millis = period == Period.HOUR ? 3_600_000 : 86_400_000;
            assertThat(file.rows("""
                    SELECT b.id, p.period_start FROM budget b JOIN budget_period p ON p.budget_id = b.id
                    WHERE b.period = '%s' AND p.spent_nano_usd <>
                      (SELECT coalesce(sum(i.cost_nano_usd), 0) FROM inference i
                       WHERE (b.scope = 'workspace' OR b.scope_name = i.provider)
                         AND i.created_at >= b.created_at AND i.created_at / %d * %d = p.period_start)
                    """.formatted(period.wireName(), millis, millis)))
                    .as(period.wireName())
                    .isEmpty();
        }

        @Override
        public void close() throws SQLException {
            file.close();
            node.close();
        }
    }
}
