package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.sql.Dialect;
import com.aistrale.server.kit.sql.Tx;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The time by which deliveries are due, in milliseconds since 1970. Where several nodes work it is the database's, which
 * is the same for all; where there is one, this process's, which does not go back with the machine's. Thread-safe.
 */
final class DueClock {
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private volatile Reading last;

    private record Reading(long millis, long nanos) {
        long at(long nanoTime) {
            return millis + (nanoTime - nanos) / 1_000_000;
        }
    }

    DueClock(InstantSource clock, LongSupplier nanoTime) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.last = new Reading(clock.millis(), nanoTime.getAsLong());
    }

    /** Looks at the clock. */
    long read(Tx tx) {
        long nanos = nanoTime.getAsLong();
        long now = tx.dialect() == Dialect.POSTGRESQL
                ? SqlDeliveryStore.now(tx)
                : Math.max(clock.millis(), last.at(nanos));
        last = new Reading(now, nanos);
        return now;
    }

    /** The last reading, and what passed since. */
    long now() {
        return last.at(nanoTime.getAsLong());
    }
}
