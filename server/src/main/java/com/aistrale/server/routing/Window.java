package com.aistrale.server.routing;

import java.util.Arrays;

/** Calls and failures of the last minute, by the second. Its memory is what it is made with. One thread at a time. */
final class Window {
    static final int SECONDS = 60;

    private final int[] calls = new int[SECONDS];
    private final int[] failures = new int[SECONDS];
    private int allCalls;
    private int allFailures;
    private long second;

    void add(long nowMillis, boolean failed) {
        goTo(nowMillis);
        int at = Math.floorMod(second, SECONDS);
        calls[at]++;
        allCalls++;
        if (failed) {
            failures[at]++;
            allFailures++;
        }
    }

    int calls(long nowMillis) {
        goTo(nowMillis);
        return allCalls;
    }

    int failures(long nowMillis) {
        goTo(nowMillis);
        return allFailures;
    }

    void clear() {
        Arrays.fill(calls, 0);
        Arrays.fill(failures, 0);
        allCalls = 0;
        allFailures = 0;
    }

    /** Drops what is too old. A clock that went back a little stands still until it is past; farther, and it begins anew. */
    private void goTo(long nowMillis) {
        long now = Math.floorDiv(nowMillis, 1000L);
        if (now == second) {
            return;
        }
        if (Math.abs(now - second) >= SECONDS) {
            clear();
            second = now;
        }
        while (second < now) {
            second++;
            int at = Math.floorMod(second, SECONDS);
            allCalls -= calls[at];
            allFailures -= failures[at];
            calls[at] = 0;
            failures[at] = 0;
        }
    }
}
