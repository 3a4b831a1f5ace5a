package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
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
