package com.aistrale.server.budgets;

import static com.aistrale.server.budgets.BudgetNode.TOKEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.budgets.Budget.Action;
import com.aistrale.server.budgets.BudgetNode.Ask;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The same, and several nodes at once. */
class PostgresBudgetStoreTest extends BudgetStoreContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    void countWrites() throws SQLException {
        file.execute("CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$"
                + " BEGIN INSERT INTO seen VALUES (new.budget_id); RETURN NULL; END $$");
        file.execute("CREATE TRIGGER watch AFTER INSERT OR UPDATE ON budget_period FOR EACH ROW EXECUTE FUNCTION"
                + " watch()");
    }

    @Test
    void fiveHundredAtOnceOnTwoNodesEndWithinOneRunOfTheLimit() throws Exception {
        var id = budget(ALL, Period.TOTAL, 300_500, Action.BLOCK);
        living("node_2");
        try (var other = node("node_2")) {
            var ran = new AtomicInteger();
            all(500, i -> {
                if (insist(i % 2 == 0 ? node : other, Ask.tokens(1), TOKEN)) {
                    ran.incrementAndGet();
                }
            });
            assertThat(ran).hasValue(300);
        }
        assertThat(spent(id)).isEqualTo(300_000);
        assertThat(reserved(id)).isZero();
        assertThat(events()).containsExactly("50", "80");
        assertThat(file.rows("SELECT threshold_percent FROM budget_crossing ORDER BY 1"))
                .containsExactly("50", "80");
        assertThat(file.rows("SELECT owner, count(*) > 0 FROM inference GROUP BY owner ORDER BY owner"))
                .as("both took part")
                .containsExactly("node_1|t", "node_2|t");
    }

    /** So no two nodes ever hold what the other one wants. */
    @Test
    void budgetsAreTakenInTheOrderOfTheirIds() throws Exception {
        var ids = new ArrayList<String>();
        for (int i = 0; i < 9; i++) {
            ids.add(budget(ALL, Period.TOTAL, 1_000_000 * TOKEN, Action.BLOCK));
        }
        Collections.sort(ids);
        try (var other = kind.connect()) {
            other.execute("BEGIN; SELECT 1 FROM budget WHERE id = '" + ids.get(4) + "' FOR UPDATE");
            var begun = beside(() -> node.begin(Ask.tokens(1)));
            await().untilAsserted(
                            () -> assertThat(file.rows("SELECT id FROM budget ORDER BY id FOR UPDATE SKIP LOCKED"))
                                    .as("those before it are taken, and those behind it are not")
                                    .isEqualTo(ids.subList(5, 9)));
            other.execute("COMMIT");
            node.complete(begun.get(), 1);
        }
        assertThat(spent(ids.getFirst())).isEqualTo(1);
    }

    /** Each inference is counted by three of eight budgets, in whatever order; people change them meanwhile. */
    @Test
    void manyBudgetsOnTwoNodesNeverWaitForEachOther() throws Exception {
        file.execute("ALTER SYSTEM SET deadlock_timeout = '10ms'");
        file.execute("SELECT pg_reload_conf()");
        var ids = new ArrayList<String>();
        for (int i = 0; i < 4; i++) {
            ids.add(budget(new Scope.ApiKey("key_" + i), Period.HOUR, 1_000_000 * TOKEN, Action.BLOCK));
            ids.add(budget(new Scope.Metadata("team", "t" + i), Period.TOTAL, 1_000_000 * TOKEN, Action.BLOCK));
        }
        ids.add(budget(new Scope.Provider("p"), Period.DAY, 1_000_000 * TOKEN, Action.ALERT));
        living("node_2");
        long before = deadlocks();
        try (var other = node("node_2")) {
            all(600, i -> {
                var on = i % 2 == 0 ? node : other;
                if (i % 20 == 0) {
                    on.change(ids.get(i / 20 % ids.size()), 1_000_000 * TOKEN + i, null);
                }
                on.run(Ask.tokens(5).by("key_" + i % 4).with("team", "t" + i / 7 % 4), 3);
            });
        } finally {
            file.execute("ALTER SYSTEM RESET deadlock_timeout");
            file.execute("SELECT pg_reload_conf()");
        }
        assertThat(spent(ids.getLast())).isEqualTo(1800);
        for (int kind = 0; kind < 2; kind++) {
            long sum = 0;
            for (int i = kind; i < 8; i += 2) {
                sum += spent(ids.get(i));
                assertThat(reserved(ids.get(i))).isZero();
            }
            assertThat(sum).isEqualTo(1800);
        }
        assertThat(deadlocks()).isEqualTo(before);
        balanced();
    }

    private long deadlocks() throws Exception {
        Thread.sleep(1100); // the server tells its counts once a second
        return Long.parseLong(file.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
                .getFirst());
    }

    @Test
    void aNewBudgetCountsFromWhenEveryNodeKnowsOfIt() throws Exception {
        living("node_2");
        try (var other = node("node_2")) {
            other.run(Ask.tokens(1), 1); // it knows that there is none
            node.alone = false;
            var made = node.create(ALL, Period.TOTAL, 100 * TOKEN, Action.BLOCK).budget();

            assertThat(made.createdAt()).isEqualTo(now.get().plusSeconds(2));
            assertThat(node.rests).containsExactly(Duration.ofSeconds(2));
            other.run(Ask.tokens(1), 10);
            later(Duration.ofSeconds(2));
            Thread.sleep(1000); // as long as a node trusts what it knows
            other.run(Ask.tokens(1), 100);
            assertThat(spent(made.id())).isEqualTo(100);
        }
    }

    @Test
    void aChangeOnOneNodeIsKnownOnTheOthers() throws Exception {
        var id = budget(ALL, Period.TOTAL, 10 * TOKEN, Action.BLOCK);
        living("node_2");
        try (var other = node("node_2")) {
            other.run(Ask.tokens(5), 5 * TOKEN);
            node.change(id, 5 * TOKEN, null);
            assertThat(other.refusal(Ask.tokens(1)).detail())
                    .as("limits are looked at each time")
                    .contains(id);
            node.change(id, 50 * TOKEN, List.of(100));
            other.run(Ask.tokens(45), 45 * TOKEN);
        }
        assertThat(events()).containsExactly("50", "80", "100", "100");
    }

    /** By the server's own count of how often tables are looked at: one round trip each, however many units. */
    @Test
    void aBatchReadsItsBudgetsOnce() throws Exception {
        budget(ALL, Period.TOTAL, 1_000_000 * TOKEN, Action.BLOCK);
        budget(new Scope.Provider("p"), Period.DAY, 1_000_000 * TOKEN, Action.BLOCK);
        var begun = beginSome(100);
        long before = looks("budget");

        completeTogether(begun, 10);

        assertThat(looks("budget") - before)
                .as("taken once, and read beside by who knows which budgets there are")
                .isBetween(1L, 4L);
    }

    private long looks(String table) throws Exception {
        Thread.sleep(2500); // the server tells its counts when it has rested for a second
        node.database.write(tx -> true);
        Thread.sleep(1100);
        return Long.parseLong(
                file.rows("SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = '" + table
                                + "'")
                        .getFirst());
    }
}
