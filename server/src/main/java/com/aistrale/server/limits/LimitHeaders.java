package com.aistrale.server.limits;

import com.aistrale.server.access.Caller;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.problem.ProblemException;
import io.helidon.http.HeaderNames;
import java.util.Set;

/** The headers that tell what a key has left, on the answers of routes that cost money. */
public final class LimitHeaders {
    /** Of requests at fault in what has nothing to do with how many there are. */
    private static final Set<Integer> WITHOUT = Set.of(403, 404, 406, 413, 415, 422);

    private LimitHeaders() {}

    /** Sees to them when the answer leaves, whatever it is. */
    public static void on(Exchange exchange, Caller caller, Limits limits) {
        if (caller.limits() != null) {
            exchange.beforeHead(status -> {
                if (!WITHOUT.contains(status)) {
                    set(exchange, caller, limits);
                }
            });
        }
    }

    private static void set(Exchange exchange, Caller caller, Limits limits) {
        try {
            limits.headers(caller).forEach((name, value) -> exchange.setHeader(HeaderNames.create(name), value));
        } catch (ProblemException unavailable) {
            // the database does not answer: what is left is not known, and whatever this answers says so or need not
        }
    }
}
