package com.aistrale.server.telemetry.summary;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Every value of a number, for exact percentiles: each different value once, with its count, so that a million latencies
 * take the room of some thousands. One thread.
 */
final class Distribution {
    private static final int SMALL = 4;

    private long[] values = new long[0];
    private long[] counts = new long[0];
    private int distinct;
    private long[] pending = new long[SMALL];
    private int waiting;

    void add(long value) {
        if (waiting == pending.length) {
            merge();
            if (pending.length < distinct) { // so that the merging of all costs no more than sorting them
                pending = new long[distinct];
            }
        }
        pending[waiting++] = value;
    }

    /** The nearest rank: the least value that {@code percent} of all do not exceed; null when there is none. */
    @Nullable
    Long percentile(int percent) {
        merge();
        long total = 0;
        for (int i = 0; i < distinct; i++) {
            total += counts[i];
        }
        long rank = Math.ceilDiv(total * percent, 100L);
        long passed = 0;
        for (int i = 0; i < distinct; i++) {
            passed += counts[i];
            if (passed >= rank) {
                return values[i];
            }
        }
        return null;
    }

    private void merge() {
        Arrays.sort(pending, 0, waiting);
        var mergedValues = new long[distinct + waiting];
        var mergedCounts = new long[distinct + waiting];
        int size = 0;
        int old = 0;
        int fresh = 0;
        while (old < distinct || fresh < waiting) {
            boolean takeOld = fresh == waiting || (old < distinct && values[old] <= pending[fresh]);
            long value = takeOld ? values[old] : pending[fresh];
            long count = takeOld ? counts[old++] : 1;
            fresh += takeOld ? 0 : 1;
            if (size > 0 && mergedValues[size - 1] == value) {
                mergedCounts[size - 1] += count;
            } else {
                mergedValues[size] = value;
                mergedCounts[size++] = count;
            }
        }
        values = mergedValues;
        counts = mergedCounts;
        distinct = size;
        waiting = 0;
    }
}
