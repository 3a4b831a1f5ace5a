package com.aistrale.server.budgets;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * How much may be spent in a period.
 *
 * @param limitNanoUsd 1 to {@value #MOST_NANO_USD}
 * @param thresholds percents of the limit, ascending, of which it is noted that they are reached
 * @param createdAt from when on it counts
 */
public record Budget(
        String id,
        String workspaceId,
        String name,
        Scope scope,
        Period period,
        long limitNanoUsd,
        List<Integer> thresholds,
        Action action,
        Instant createdAt,
        Instant updatedAt) {
    /** A billion dollars. */
    public static final long MOST_NANO_USD = 1_000_000_000_000_000_000L;

    /** What happens at the limit. */
    public enum Action {
        /** It is noted. */
        ALERT,
        /** No inference begins that may go beyond. */
        BLOCK;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        public String wireName() {
            return wireName;
        }
    }

    public Budget {
        if (limitNanoUsd < 1 || limitNanoUsd > MOST_NANO_USD) {
            throw new IllegalArgumentException("the limit is not 1 to " + MOST_NANO_USD + ": " + limitNanoUsd);
        }
        thresholds = List.copyOf(thresholds);
    }

    /** When the period began in which this time lies; for all time that is when the budget did. */
    Instant periodStart(Instant time) {
        return period == Period.TOTAL ? createdAt : period.start(time);
    }

    /** The least that is so many percent of the limit, in nano-dollars. */
    long reachedAt(int percent) {
        long whole = limitNanoUsd / 100;
        long rest = Math.ceilDiv(limitNanoUsd % 100 * percent, 100L);
        return whole > (Long.MAX_VALUE - rest) / percent ? Long.MAX_VALUE : whole * percent + rest;
    }

    /** Whether it counts an inference that began then. */
    boolean counts(Instant begun) {
        return !begun.isBefore(createdAt);
    }

    Budget with(String newName, long newLimit, List<Integer> newThresholds, Action newAction, Instant now) {
        return new Budget(id, workspaceId, newName, scope, period, newLimit, newThresholds, newAction, createdAt, now);
    }
}
