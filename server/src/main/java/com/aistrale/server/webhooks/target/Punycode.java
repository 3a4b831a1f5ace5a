package com.aistrale.server.webhooks.target;

import org.jspecify.annotations.Nullable;

/** Reads labels of internationalised host names (RFC 3492); {@link java.net.IDN} knows the names of 2003 only. */
final class Punycode {
    private static final String PREFIX = "xn--";
    private static final int BASE = 36;
    private static final int T_MIN = 1;
    private static final int T_MAX = 26;
    private static final int SKEW = 38;
    private static final int DAMP = 700;
    private static final int FIRST_BIAS = 72;
    private static final int FIRST_CODE_POINT = 128;

    private Punycode() {}

    /** The host with its labels spelled out, or null where one of them spells nothing. */
    static @Nullable String host(String ascii) {
        var host = new StringBuilder();
        for (var label : ascii.split("\\.", -1)) {
            var plain = label.startsWith(PREFIX) ? label(label.substring(PREFIX.length())) : label;
            if (plain == null) {
                return null;
            }
            host.append(host.isEmpty() ? "" : ".").append(plain);
        }
        return host.toString();
    }

    private static @Nullable String label(String encoded) {
        int dash = encoded.lastIndexOf('-');
        var output = new StringBuilder(encoded.substring(0, Math.max(dash, 0)));
        int length = output.length(); // in code points, as what follows counts
        int codePoint = FIRST_CODE_POINT;
        int bias = FIRST_BIAS;
        int i = 0;
        for (int at = dash + 1; at < encoded.length(); i++) {
            int before = i;
            long weight = 1;
            for (int k = BASE; ; k += BASE) {
                int digit = at < encoded.length() ? digit(encoded.charAt(at++)) : -1;
                if (digit < 0 || digit * weight > Integer.MAX_VALUE - i) {
                    return null;
                }
                i += (int) (digit * weight);
                int threshold = Math.clamp((long) k - bias, T_MIN, T_MAX);
                if (digit < threshold) {
                    break;
                }
                weight *= BASE - threshold;
                if (weight > Integer.MAX_VALUE) {
                    return null;
                }
            }
            length++;
            bias = bias(i - before, length, before == 0);
            long next = codePoint + (long) (i / length);
            i %= length;
            if (!Character.isValidCodePoint((int) Math.min(next, Integer.MAX_VALUE))
                    || (next >= Character.MIN_SURROGATE && next <= Character.MAX_SURROGATE)) {
                return null;
            }
            codePoint = (int) next;
            output.insert(output.offsetByCodePoints(0, i), Character.toString(codePoint));
        }
        return output.isEmpty() ? null : output.toString();
    }

    private static int digit(char c) {
        if (c >= 'a' && c <= 'z') {
            return c - 'a';
        }
        return c >= '0' && c <= '9' ? c - '0' + 26 : -1;
    }

    private static int bias(int delta, int length, boolean first) {
        int rest = first ? delta / DAMP : delta / 2;
        rest += rest / length;
        int k = 0;
        while (rest > (BASE - T_MIN) * T_MAX / 2) {
            rest /= BASE - T_MIN;
            k += BASE;
        }
        return k + (BASE - T_MIN + 1) * rest / (rest + SKEW);
    }
}
