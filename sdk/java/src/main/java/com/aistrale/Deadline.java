package com.aistrale;

import java.time.Duration;

/** The end of the time that a whole call has, all its tries together. */
final class Deadline {
    private static final Duration NEVER = Duration.ofDays(36500);
    private final Clocks clocks;
    private final Duration whole;
    private final long end;

    Deadline(Clocks clocks, Duration whole) {
        this.clocks = clocks;
        this.whole = whole.compareTo(NEVER) > 0 ? NEVER : whole;
        this.end = clocks.nanoTime() + this.whole.toNanos();
    }

    Duration whole() {
        return whole;
    }

    /** Zero or less when it has passed. */
    Duration remaining() {
        return Duration.ofNanos(end - clocks.nanoTime());
    }

    boolean hasPassed() {
        return end - clocks.nanoTime() <= 0;
    }
}
