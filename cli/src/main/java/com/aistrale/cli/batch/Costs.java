package com.aistrale.cli.batch;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** What the lines have cost, in US dollars. Guarded by its owner. */
final class Costs {
    private BigDecimal whole = BigDecimal.ZERO;
    private BigDecimal paid = BigDecimal.ZERO;
    private @Nullable BigDecimal dearest;
    private long unknown;

    /** What a former run has recorded. */
    void before(@Nullable Object cost) {
        if (cost instanceof Number number) {
            add(new BigDecimal(number.toString()));
        }
    }

    /** @param replayed whether it was paid before: it counts as the batch's, and not as paid now */
    void now(@Nullable BigDecimal cost, boolean replayed) {
        if (cost == null) {
            unknown++;
            return;
        }
        add(cost);
        if (!replayed) {
            paid = paid.add(cost);
        }
    }

    private void add(BigDecimal cost) {
        whole = whole.add(cost);
        dearest = dearest == null ? cost : dearest.max(cost);
    }

    BigDecimal whole() {
        return whole;
    }

    BigDecimal paid() {
        return paid;
    }

    /** What a line is taken to cost: as much as the dearest yet; null where no cost is known yet. */
    @Nullable
    BigDecimal dearest() {
        return dearest;
    }

    long unknown() {
        return unknown;
    }
}
