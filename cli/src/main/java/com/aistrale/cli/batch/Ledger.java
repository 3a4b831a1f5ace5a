package com.aistrale.cli.batch;

import com.aistrale.cli.batch.BatchException.Why;
import java.util.Arrays;

/** What became of each line in former runs: nine bytes a line, so that a million lines are nine megabytes. */
final class Ledger {
    private static final int DONE = 0x80;
    private static final int MOST_FAILED = 0x7F;
    private long[] hashes = new long[1024];
    private byte[] states = new byte[1024];
    private long answered;

    boolean isEmpty() {
        return answered == 0;
    }

    long answered() {
        return answered;
    }

    /** The line has its answer. */
    void done(long line, long hash) {
        var at = at(line);
        if ((states[at] & DONE) == 0) {
            answered++;
        }
        hashes[at] = hash;
        states[at] = (byte) DONE;
    }

    /** The line has failed so often. An answer goes before. */
    void failed(long line, long hash, long times) {
        var at = at(line);
        if ((states[at] & DONE) == 0) {
            hashes[at] = hash;
            states[at] = (byte) Math.min(MOST_FAILED, Math.max(1, times));
        }
    }

    boolean isDone(long line) {
        return line < states.length && (states[at(line)] & DONE) != 0;
    }

    /** Whether the line has its answer, and the request is still the same. */
    boolean isDone(Request request) {
        return isDone(request.line()) && hashes[at(request.line())] == request.hash();
    }

    /** Whether the line was answered when it was another one. */
    boolean wasOther(Request request) {
        return isDone(request.line()) && hashes[at(request.line())] != request.hash();
    }

    /** How often this request has failed. */
    int failed(Request request) {
        var at = at(request.line());
        return hashes[at] == request.hash() ? states[at] & MOST_FAILED : 0;
    }

    private int at(long line) {
        if (line < 0 || line >= Integer.MAX_VALUE - 8) {
            throw new BatchException(Why.USAGE, "There is no line " + line + " in any input.", "Split the input.");
        }
        var at = (int) line;
        if (at >= states.length) {
            var size = (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(at + 1L, states.length + (states.length >> 1)));
            hashes = Arrays.copyOf(hashes, size);
            states = Arrays.copyOf(states, size);
        }
        return at;
    }
}
