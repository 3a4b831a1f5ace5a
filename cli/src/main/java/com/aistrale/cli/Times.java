package com.aistrale.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** Times as people write and read them, in the machine's zone. */
final class Times {
    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

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

    private static Optional<Instant> attempt(Supplier<Instant> read) {
        try {
            return Optional.of(read.get());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
