package com.aistrale;

import com.aistrale.internal.Fields;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a budget stands in its present period.
 *
 * @param periodStart when the period began
 * @param periodEnd when it ends, null when it never does
 * @param spentUsd US dollars that its inferences cost, exact to 1e-9
 * @param reservedUsd what running inferences have put aside of the limit
 * @param remainingUsd what is left of the limit after both, never below 0
 * @param unpricedInferences how many have no known cost, and count for nothing above
 * @param crossings the thresholds that were crossed, the lowest first
 */
public record BudgetState(
        Instant periodStart,
        @Nullable Instant periodEnd,
        BigDecimal spentUsd,
        BigDecimal reservedUsd,
        BigDecimal remainingUsd,
        long unpricedInferences,
        List<BudgetCrossing> crossings) {
    static BudgetState read(Fields fields) {
        return new BudgetState(
                fields.time("period_start"),
                fields.optionalTime("period_end"),
                fields.decimal("spent_usd"),
                fields.decimal("reserved_usd"),
                fields.decimal("remaining_usd"),
                fields.integer("unpriced_inferences"),
                fields.list("crossings", BudgetCrossing::read));
    }
}
