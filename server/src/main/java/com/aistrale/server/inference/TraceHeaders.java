package com.aistrale.server.inference;

import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.telemetry.InferenceRecord.TraceContext;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import org.jspecify.annotations.Nullable;

/**
 * {@code traceparent} of W3C Trace Context: {@code 00-<32 hex>-<16 hex>-<2 hex>}. One that cannot be read is passed over,
 * as that specification says.
 */
public final class TraceHeaders {
    private static final HeaderName TRACEPARENT = HeaderNames.create("traceparent");

    private static final int TRACE = 3;
    private static final int SPAN = 36;
    private static final int FLAGS = 53;
    private static final int LENGTH = 55;

    private TraceHeaders() {}

    /** Null without one. */
    public static @Nullable TraceContext of(Exchange exchange) {
        var value = exchange.header(TRACEPARENT);
        return value == null ? null : parse(value);
    }

    static @Nullable TraceContext parse(String value) {
        boolean newer = value.length() > LENGTH && value.charAt(LENGTH) == '-' && !value.startsWith("00");
        if ((value.length() != LENGTH && !newer)
                || value.startsWith("ff")
                || !isHex(value, 0, 2)
                || value.charAt(2) != '-'
                || !isId(value, TRACE, SPAN - 1)
                || value.charAt(SPAN - 1) != '-'
                || !isId(value, SPAN, FLAGS - 1)
                || value.charAt(FLAGS - 1) != '-'
                || !isHex(value, FLAGS, LENGTH)) {
            return null;
        }
        return new TraceContext(value.substring(TRACE, SPAN - 1), value.substring(SPAN, FLAGS - 1));
    }

    /** Hexadecimal, and not zero throughout. */
    private static boolean isId(String value, int from, int to) {
        boolean zero = true;
        for (int i = from; i < to; i++) {
            zero &= value.charAt(i) == '0';
        }
        return !zero && isHex(value, from, to);
    }

    private static boolean isHex(String value, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = value.charAt(i);
            if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }
}
