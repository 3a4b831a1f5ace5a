package com.aistrale;

import java.time.Duration;
import java.time.Instant;

/** Time, as the client sees it: what it is, how long things take, and waiting. */
interface Clocks {
    Instant now();

    long nanoTime();

    void sleep(Duration duration) throws InterruptedException;

    /** The machine's own. */
    static Clocks system() {
        return new Clocks() {
            @Override
            public Instant now() {
                return Instant.now();
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public void sleep(Duration duration) throws InterruptedException {
                Thread.sleep(duration.toMillis());
            }
        };
    }
}
