package com.aistrale.server.metrics;

import java.util.concurrent.atomic.LongAdder;

/** How many took how long. To add one costs two additions and waits for nobody. Thread-safe. */
public final class Histogram {
    private static final double NANOS = 1e9;

    private final double[] bounds;

    /** Of each bucket, and of what is above the last bound. */
    private final LongAdder[] counts;

    private final LongAdder nanos = new LongAdder();

    /** @param seconds the buckets' upper bounds, rising; each belongs to its bucket */
    public Histogram(double... seconds) {
        bounds = seconds.clone();
        counts = new LongAdder[seconds.length + 1];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
            if (i > 0 && i < seconds.length && seconds[i] <= seconds[i - 1]) {
                throw new IllegalArgumentException("the bounds do not rise: " + seconds[i]);
            }
        }
    }

    public void add(long tookNanos) {
        double seconds = tookNanos / NANOS;
        int bucket = 0;
        while (bucket < bounds.length && seconds > bounds[bucket]) {
            bucket++;
        }
        counts[bucket].increment();
        nanos.add(tookNanos);
    }

    /** The upper bounds, in seconds. */
    double[] bounds() {
        return bounds.clone();
    }

    /** How many are in each bucket, and above them. */
    long[] counts() {
        var sums = new long[counts.length];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = counts[i].sum();
        }
        return sums;
    }

    /** How long all took. */
    double sumSeconds() {
        return nanos.sum() / NANOS;
    }
}
