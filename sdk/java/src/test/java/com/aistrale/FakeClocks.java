package com.aistrale;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Time that passes only while somebody sleeps, and remembers how long. */
final class FakeClocks implements Clocks {
    final List<Long> sleptMillis = new ArrayList<>();
    private long nanos;

    @Override
    public Instant now() {
        return Instant.parse("2026-11-01T12:00:00Z");
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public void sleep(Duration duration) {
        sleptMillis.add(duration.toMillis());
        nanos += duration.toNanos();
    }
}
