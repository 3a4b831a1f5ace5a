package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes typed parameters out of a query and gathers every mistake, so that a caller learns of all at once; the pointer of
 * a parameter is {@code ?name}. One thread.
 */
public final class Query {
    /** The most rows of a page. */
    public static final int MOST = 200;

    /** The rows of a page when nothing is said. */
    public static final int USUAL = 50;

    private final Exchange exchange;
    private final List<FieldError> mistakes = new ArrayList<>(0);

    /** @param known every parameter of the path; another one is a mistake */
    Query(Exchange exchange, Collection<String> known, Predicate<String> alsoKnown) {
        this.exchange = exchange;
        for (var name : exchange.queryNames()) {
            if (!known.contains(name) && !alsoKnown.test(name)) {
                mistake(name, "unknown parameter `" + name + "`" + Nearest.hint(name, known));
            }
        }
    }

    public void mistake(String parameter, String detail) {
        mistakes.add(new FieldError("?" + parameter, detail));
    }

    /** The names of all parameters that came. */
    public Iterable<String> names() {
        return exchange.queryNames();
    }

    /** The first value; null when absent or empty. */
    public @Nullable String text(String name) {
        return exchange.query(name);
    }

    /** All values, each of which may be several, separated by commas; none when absent or empty. */
    public List<String> list(String name) {
        return exchange.queries(name).stream()
                .filter(values -> !values.isEmpty())
                .flatMap(values -> Stream.of(values.split(",", -1)))
                .toList();
    }

    /** An RFC 3339 time, or null. */
    public @Nullable Instant instant(String name) {
        var text = text(name);
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException wrong) {
            mistake(name, "`" + text + "` is no RFC 3339 time, such as 2026-11-23T08:00:00Z");
            return null;
        }
    }

    /** What {@link #window} reads. */
    public static final List<String> WINDOW = List.of("last", "since", "until");

    /** A stretch of time. @param since inclusive; null: from the beginning @param until exclusive; null: without an end */
    public record Window(@Nullable Instant since, @Nullable Instant until) {}

    /** {@code last=24h}, or {@code since} and {@code until}. */
    public Window window(InstantSource clock) {
        var last = text("last");
        var since = instant("since");
        if (last != null && text("since") != null) {
            mistake("last", "`last` and `since` say the same thing in two ways: give one");
        } else if (last != null) {
            since = before(clock.instant(), last);
        }
        return new Window(since, instant("until"));
    }

    private @Nullable Instant before(Instant now, String last) {
        try {
            return now.minus(duration(last));
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException wrong) {
            mistake("last", "`" + last + "` is no duration: write 90s, 15m, 24h or 7d");
            return null;
        }
    }

    private static Duration duration(String text) {
        if (!text.matches("\\d{1,9}[smhd]")) {
            throw new IllegalArgumentException(text);
        }
        long count = Long.parseLong(text, 0, text.length() - 1, 10);
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(count);
            case 'm' -> Duration.ofMinutes(count);
            case 'h' -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    /** {@code limit}: 1 to {@value #MOST}. */
    public int limit() {
        return limit(USUAL, MOST);
    }

    /** {@code limit} of a list with other sizes. */
    public int limit(int usual, int most) {
        var text = text("limit");
        if (text == null) {
            return usual;
        }
        if (text.matches("\\d{1,6}")) {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= most) {
                return limit;
            }
        }
        mistake("limit", "a number from 1 to " + most + " was expected");
        return usual;
    }

    /** {@code cursor}: where the page before ended, or null. */
    public @Nullable String cursor(Pattern form) {
        var cursor = text("cursor");
        if (cursor != null && !form.matcher(cursor).matches()) {
            mistake("cursor", "not a cursor of this list: pass on the `next_cursor` of the page before");
            return null;
        }
        return cursor;
    }

    /** @throws ProblemException {@code invalid_request} with every mistake, when there is one */
    public void check() {
        if (!mistakes.isEmpty()) {
            throw Problem.invalid(mistakes).exception();
        }
    }
}
