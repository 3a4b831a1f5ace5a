package com.aistrale.server.budgets;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a budget stands in a period.
 *
 * @param end null when it never ends
 * @param unpriced inferences whose cost is not known
 * @param crossings the thresholds that were reached, the lowest first
 */
record Standing(
        Instant start,
        @Nullable Instant end,
        long spentNanoUsd,
        long reservedNanoUsd,
        long unpriced,
        List<Crossing> crossings) {
    /** A threshold that was reached. @param spentNanoUsd with what reached it */
    record Crossing(int percent, Instant at, long spentNanoUsd) {}

    Standing {
        crossings = List.copyOf(crossings);
    }

    /** Of the limit, after what is spent and put aside. */
    long remainingNanoUsd(long limitNanoUsd) {
        return Math.max(0, limitNanoUsd - Math.min(limitNanoUsd, Sums.sum(spentNanoUsd, reservedNanoUsd)));
    }
}
