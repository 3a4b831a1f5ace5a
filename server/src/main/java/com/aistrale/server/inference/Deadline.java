package com.aistrale.server.inference;

import java.time.Duration;

/** When an inference must be over, all its attempts and waits with it. */
record Deadline(long startNanos, Duration timeout) {
    /** 0 or less when it has passed. */
    long leftNanos() {
        return timeout.toNanos() - (System.nanoTime() - startNanos);
    }

    long elapsedMs() {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    /** @param nanoTime {@link System#nanoTime} */
    boolean isPassed(long nanoTime) {
        return nanoTime - startNanos > timeout.toNanos();
    }
}
