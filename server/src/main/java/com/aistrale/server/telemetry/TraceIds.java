package com.aistrale.server.telemetry;

/** Ids of traces and spans are the client's own: 1 to 64 letters, digits and {@code _ . : -}; no path of dots. */
public final class TraceIds {
    /** What a mistake says. */
    public static final String EXPECTED = "must be 1 to 64 letters, digits and _ . : -, and not . or ..";

    private static final int LONGEST = 64;

    private TraceIds() {}

    public static boolean isId(String text) {
        if (text.isEmpty() || text.length() > LONGEST || text.equals(".") || text.equals("..")) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!fine && "_.:-".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
