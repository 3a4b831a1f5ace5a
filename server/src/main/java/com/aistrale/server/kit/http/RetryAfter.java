package com.aistrale.server.kit.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code Retry-After} (RFC 9110, 10.2.3) in seconds or as a date, and the {@code retry-after-ms} of some services. */
public final class RetryAfter {
    private static final Duration MOST = Duration.ofDays(1);

    private RetryAfter() {}

    /** How long to wait, between 0 and a day; null when no header says so in a form that can be read. */
    public static @Nullable Duration of(Function<String, @Nullable String> header, InstantSource clock) {
        var wait = read(header.apply("retry-after-ms"), header.apply("retry-after"), clock);
        if (wait == null) {
            return null;
        }
        return wait.isNegative() ? Duration.ZERO : wait.compareTo(MOST) > 0 ? MOST : wait;
    }

    private static @Nullable Duration read(@Nullable String millis, @Nullable String after, InstantSource clock) {
        var exact = number(millis);
        if (exact != null) {
            return Duration.ofMillis(exact.longValue());
        }
        var seconds = number(after);
        if (seconds != null) {
            return Duration.ofMillis((long) (seconds * 1000));
        }
        if (after == null) {
            return null;
        }
        try {
            var date = ZonedDateTime.parse(after, DateTimeFormatter.RFC_1123_DATE_TIME);
            return Duration.between(clock.instant(), date.toInstant());
        } catch (DateTimeException unreadable) {
            return null;
        }
    }

    private static @Nullable Double number(@Nullable String text) {
        if (text == null || !text.matches("-?\\d+(\\.\\d+)?")) {
            return null;
        }
        return Double.valueOf(text);
    }
}
