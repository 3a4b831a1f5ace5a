package com.aistrale;

import com.aistrale.internal.Fields;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * A threshold of a budget that was crossed.
 *
 * @param thresholdPercent which one, in percent of the limit
 * @param crossedAt when
 * @param spentUsd US dollars spent after the inference that crossed it
 */
public record BudgetCrossing(long thresholdPercent, Instant crossedAt, BigDecimal spentUsd) {
    static BudgetCrossing read(Fields fields) {
        return new BudgetCrossing(
                fields.integer("threshold_percent"), fields.time("crossed_at"), fields.decimal("spent_usd"));
    }
}
