package com.aistrale;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How long an answer asks to wait: {@code retry-after-ms}, else {@code retry-after} in seconds or as a date, else the problem's word. */
final class RetryAfter {
    private static final Duration FOREVER = Duration.ofDays(365);

    private RetryAfter() {}

    /** Null where nothing is asked for, or what is asked for makes no sense (a negative number, a past or broken date). */
    static @Nullable Duration of(Map<String, String> headers, @Nullable Problem problem, Instant now) {
        var millis = headers.get("retry-after-ms");
        if (millis != null) {
            return amount(millis, 1);
        }
        var value = headers.get("retry-after");
        if (value != null) {
            return value.contains(":") ? until(value, now) : amount(value, 1000);
        }
        var inProblem = problem == null ? null : problem.retryAfterMs();
        return inProblem == null ? null : amount(inProblem.toString(), 1);
    }

    private static @Nullable Duration amount(String text, double millisPerUnit) {
        try {
            var millis = Double.parseDouble(text.strip()) * millisPerUnit;
            if (!(millis >= 0)) {
                return null;
            }
            return Duration.ofMillis(Math.round(Math.min(millis, (double) FOREVER.toMillis())));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable Duration until(String date, Instant now) {
        try {
            var then = ZonedDateTime.parse(date.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return then.isBefore(now) ? null : Duration.between(now, then);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
