package com.aistrale.server.telemetry.summary;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The width of a bucket of time; all begin at whole multiples since 1970, so a day is a day in UTC. */
public enum Interval {
    MINUTE("1m", Duration.ofMinutes(1)),
    FIVE_MINUTES("5m", Duration.ofMinutes(5)),
    QUARTER("15m", Duration.ofMinutes(15)),
    HOUR("1h", Duration.ofHours(1)),
    SIX_HOURS("6h", Duration.ofHours(6)),
    DAY("1d", Duration.ofDays(1));

    static final String NAMES = Arrays.stream(values()).map(Interval::wireName).collect(Collectors.joining(", "));

    private final String wireName;
    private final long millis;

    Interval(String wireName, Duration width) {
        this.wireName = wireName;
        this.millis = width.toMillis();
    }

    public String wireName() {
        return wireName;
    }

    static @Nullable Interval of(String wireName) {
        for (var interval : values()) {
            if (interval.wireName.equals(wireName)) {
                return interval;
            }
        }
        return null;
    }

    /** When the bucket begins that {@code epochMillis} is in. */
    long start(long epochMillis) {
        return epochMillis - Math.floorMod(epochMillis, millis);
    }

    /** How many buckets lie in a window. */
    long count(Instant since, Instant until) {
        long first = Math.floorDiv(since.toEpochMilli(), millis);
        long last = Math.floorDiv(until.toEpochMilli() - 1, millis);
        return Math.max(0, last - first + 1);
    }
}
