package com.aistrale.server.limits;

/** Times as OpenAI's limits tell them: {@code 850ms}, {@code 1.2s}, {@code 6m0s}. */
final class LimitTime {
    private LimitTime() {}

    /** Rounded up to milliseconds, so that who waits so long does not come too early. */
    static String text(long micros) {
        long millis = Math.ceilDiv(micros, 1000);
        if (millis > 0 && millis < 1000) {
            return millis + "ms";
        }
        long minutes = millis / 60_000;
        var text = new StringBuilder(minutes == 0 ? "" : minutes + "m").append(millis % 60_000 / 1000);
        long fraction = millis % 1000;
        if (fraction > 0) {
            text.append('.').append("%03d".formatted(fraction).replaceFirst("0+$", ""));
        }
        return text.append('s').toString();
    }
}
