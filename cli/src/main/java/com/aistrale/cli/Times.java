package com.aistrale.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Times as people write and read them, in the machine's zone. */
final class Times {
    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private static final Pattern SPAN = Pattern.compile("([1-9][0-9]{0,5})([smhd])");

    private Times() {}

    static String local(Instant time) {
        return LOCAL.format(time.atZone(ZoneId.systemDefault()));
    }

    /** A time with its zone, a local one, or a day, which means its begin. */
    static Instant parse(String option, String text) {
        return attempt(() -> OffsetDateTime.parse(text).toInstant())
                .or(() -> attempt(() -> LocalDateTime.parse(text.replace(' ', 'T'))
                        .atZone(ZoneId.systemDefault())
                        .toInstant()))
                .or(() -> attempt(() -> LocalDate.parse(text)
                        .atStartOfDay(ZoneId.systemDefault())
                        .toInstant()))
                .orElseThrow(() -> new CliException(
                        option + " is no time: " + Io.line(text),
                        "Write it like 2026-11-01, 2026-11-01T12:00 or 2026-11-01T12:00:00Z.",
                        Exit.USAGE));
    }

    /** A span from now on, such as 90d, or a time. */
    static Instant parseFuture(String option, String text, Instant now) {
        return span(text).map(now::plus).orElseGet(() -> parse(option, text));
    }

    /** A span that ended now, such as 2h, or a time. */
    static Instant parsePast(String option, String text, Instant now) {
        return span(text).map(now::minus).orElseGet(() -> parse(option, text));
    }

    private static Optional<Duration> span(String text) {
        var span = SPAN.matcher(text);
        if (!span.matches()) {
            return Optional.empty();
        }
        var count = Long.parseLong(span.group(1));
        return Optional.of(
                switch (span.group(2)) {
                    case "s" -> Duration.ofSeconds(count);
                    case "m" -> Duration.ofMinutes(count);
                    case "h" -> Duration.ofHours(count);
                    default -> Duration.ofDays(count);
                });
    }

    private static Optional<Instant> attempt(Supplier<Instant> read) {
        try {
            return Optional.of(read.get());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
