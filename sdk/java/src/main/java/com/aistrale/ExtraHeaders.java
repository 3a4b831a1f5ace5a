package com.aistrale;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Headers of the user's own, which take the place of none that the client or its transport sends. */
final class ExtraHeaders {
    private static final Set<String> TAKEN = Set.of(
            "authorization",
            "accept",
            "accept-encoding",
            "x-api-key",
            "user-agent",
            "content-type",
            "idempotency-key",
            "last-event-id",
            "if-match",
            "x-aistrale-client",
            "x-aistrale-workspace",
            "host",
            "connection",
            "content-length",
            "transfer-encoding",
            "expect",
            "upgrade");

    private ExtraHeaders() {}

    /** The same with one more, by its name in lower case; IllegalArgumentException, without the value, for what cannot be sent. */
    static Map<String, String> with(Map<String, String> headers, String name, String value) {
        var lower = name.toLowerCase(Locale.ROOT);
        if (!lower.matches("[a-z0-9!#$%&'*+.^_`|~-]+")) {
            throw new IllegalArgumentException("\"" + name + "\" is no name of a header");
        }
        if (TAKEN.contains(lower)) {
            throw new IllegalArgumentException("the client sends " + lower + " itself: there may be an option for it");
        }
        if (!value.matches("[ -~\t]*")) {
            throw new IllegalArgumentException(
                    "the value of the header " + lower + " is not printable ASCII on one line");
        }
        var more = new LinkedHashMap<>(headers);
        more.put(lower, value);
        return Collections.unmodifiableMap(more);
    }
}
