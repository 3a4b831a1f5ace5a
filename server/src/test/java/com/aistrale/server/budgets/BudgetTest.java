package com.aistrale.server.budgets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.budgets.Budget.Action;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** The line at which a threshold is reached. */
class BudgetTest {
    private static Budget budget(long limit) {
        return new Budget(
                "bud_1",
                "ws_1",
                "a",
                new Scope.Workspace(),
                Period.TOTAL,
                limit,
                List.of(1),
                Action.ALERT,
                Instant.EPOCH,
                Instant.EPOCH);
    }

    @Property
    void isTheLeastThatIsSoManyPercent(
            @ForAll @LongRange(min = 1, max = Budget.MOST_NANO_USD) long limit,
            @ForAll @IntRange(min = 1, max = 1000) int percent) {
        var exact = BigInteger.valueOf(limit)
                .multiply(BigInteger.valueOf(percent))
                .add(BigInteger.valueOf(99))
                .divide(BigInteger.valueOf(100))
                .min(BigInteger.valueOf(Long.MAX_VALUE));
        assertThat(budget(limit).reachedAt(percent)).isEqualTo(exact.longValueExact());
    }

    @Test
    void ofTheLeastLimitEveryThresholdUpToTheLimitIsTheLimit() {
        assertThat(budget(1).reachedAt(1)).isEqualTo(1);
        assertThat(budget(1).reachedAt(100)).isEqualTo(1);
        assertThat(budget(1).reachedAt(101)).isEqualTo(2);
    }

    @Test
    void guardsItsLimit() {
        assertThatThrownBy(() -> budget(0)).hasMessageContaining("the limit is not 1 to");
        assertThatThrownBy(() -> budget(Budget.MOST_NANO_USD + 1)).hasMessageContaining("the limit is not 1 to");
    }
}
