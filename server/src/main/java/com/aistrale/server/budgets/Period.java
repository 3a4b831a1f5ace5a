package com.aistrale.server.budgets;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How long a budget lasts until it begins anew; by UTC, with weeks from Monday on. */
public enum Period {
    HOUR,
    DAY,
    WEEK,
    MONTH,
    /** Never begins anew. */
    TOTAL;

    private static final long HOUR_SECONDS = 3600;

    /** Day 0 of the epoch was a Thursday. */
    private static final int THURSDAY = 3;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    public String wireName() {
        return wireName;
    }

    /** When the period began in which this time lies; the beginning of time for {@link #TOTAL}. */
    Instant start(Instant time) {
        return switch (this) {
            case HOUR -> Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), HOUR_SECONDS) * HOUR_SECONDS);
            case DAY -> day(date(time));
            case WEEK -> {
                var date = date(time);
                yield day(date.minusDays(Math.floorMod(date.toEpochDay() + THURSDAY, 7)));
            }
            case MONTH -> day(date(time).withDayOfMonth(1));
            case TOTAL -> Instant.EPOCH;
        };
    }

    /** When the period that began at {@code start} ends, which is when the next one begins; null for never. */
    @Nullable
    Instant end(Instant start) {
        return switch (this) {
            case HOUR -> start.plusSeconds(HOUR_SECONDS);
            case DAY -> day(date(start).plusDays(1));
            case WEEK -> day(date(start).plusWeeks(1));
            case MONTH -> day(date(start).plusMonths(1));
            case TOTAL -> null;
        };
    }

    private static LocalDate date(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }

    private static Instant day(LocalDate date) {
        return date.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
