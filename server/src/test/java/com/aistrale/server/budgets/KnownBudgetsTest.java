package com.aistrale.server.budgets;

import static com.aistrale.server.budgets.BudgetStoreContract.beside;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.budgets.KnownBudgets.Entry;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** By a clock that the test moves. */
@Timeout(30)
class KnownBudgetsTest {
    private static final Entry ONE = new Entry("bud_1", new Scope.Workspace(), Period.TOTAL, true);
    private static final Entry TWO = new Entry("bud_2", new Scope.Workspace(), Period.TOTAL, false);

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile List<Entry> stored = List.of(ONE);
    private volatile boolean away;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private final KnownBudgets known = new KnownBudgets(this::read, Duration.ofSeconds(1), nanos::get);

    private List<Entry> read(String workspace) {
        asked.incrementAndGet();
        var answer = stored;
        try {
            gate.await();
        } catch (InterruptedException hurried) {
            throw new IllegalStateException(hurried);
        }
        if (away) {
            throw Problem.of(ProblemCode.DATABASE_UNAVAILABLE, "away").exception();
        }
        return answer;
    }

    private void later(Duration by) {
        nanos.addAndGet(by.toNanos());
    }

    @Test
    void isReadOnceAndTrustedForAWhile() {
        assertThat(known.of("ws")).containsExactly(ONE);
        stored = List.of(TWO);
        later(Duration.ofMillis(499));
        assertThat(known.of("ws")).containsExactly(ONE);
        assertThat(asked).hasValue(1);
        later(Duration.ofMillis(501));
        assertThat(known.of("ws")).containsExactly(TWO);
    }

    @Test
    void whatAgesIsReadBesideAndNobodyWaits() {
        known.of("ws");
        stored = List.of(TWO);
        gate = new CountDownLatch(1);
        later(Duration.ofMillis(500));
        assertThat(known.of("ws")).containsExactly(ONE);
        assertThat(known.of("ws")).containsExactly(ONE);
        gate.countDown();
        await().untilAsserted(() -> assertThat(known.of("ws")).containsExactly(TWO));
        assertThat(asked).hasValue(2);
    }

    @Test
    void manyWhoWantToKnowAskOnce() throws Exception {
        gate = new CountDownLatch(1);
        var all = beside(() -> {
            BudgetStoreContract.all(50, i -> assertThat(known.of("ws")).containsExactly(ONE));
            return true;
        });
        await().until(() -> asked.get() > 0);
        Thread.sleep(100);
        gate.countDown();
        all.get();
        assertThat(asked).hasValue(1);
    }

    /** One that ran while another was asked for would not have it. */
    @Test
    void whatIsBeingMadeIsKnownBeforeItIsThereAndAfterwards() throws Exception {
        known.of("ws");
        later(Duration.ofSeconds(2));
        gate = new CountDownLatch(1);
        known.comes("ws", TWO);
        var early = beside(() -> known.of("ws")); // reads what is there before the commit
        await().until(() -> asked.get() == 2);
        stored = List.of(ONE, TWO);
        known.came("ws", TWO);
        var late = beside(() -> known.of("ws"));
        await().until(() -> asked.get() == 3);
        gate.countDown();

        assertThat(early.get()).containsExactly(ONE, TWO);
        assertThat(late.get()).containsExactly(ONE, TWO);
        assertThat(known.of("ws")).containsExactly(ONE, TWO);
    }

    @Test
    void whileItCannotBeReadNothingBeginsAndWhatRanIsCountedAsWasKnown() {
        known.of("ws");
        away = true;
        later(Duration.ofSeconds(1));
        assertThatThrownBy(() -> known.of("ws")).isInstanceOf(ProblemException.class);
        assertThat(known.ofWhatRan("ws")).containsExactly(ONE);
        assertThat(known.ofWhatRan("another")).isEmpty();
    }
}
