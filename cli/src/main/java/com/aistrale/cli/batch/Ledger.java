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

    /**
     * The line has failed. An answer goes before.
     *
     * @param ended how often it has come to an end in that, so that it is to be asked under another key
     */
    void failed(long line, long hash, long ended) {
        var at = at(line);
        if ((states[at] & DONE) == 0) {
            hashes[at] = hash;
            states[at] = (byte) Math.min(MOST_FAILED, 1 + Math.max(0, ended));
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

    /** Whether what became of a request is written: its answer, or that it came to an end when it was asked for the so-and-so-many-th time. */
    boolean isOver(long line, long hash, int ended) {
        if (line >= states.length || hashes[at(line)] != hash) {
            return false;
        }
        var state = states[at(line)];
        return (state & DONE) != 0 || (state & MOST_FAILED) - 1 > ended;
    }

    boolean hasFailed(Request request) {
        return ended(request, -1) >= 0;
    }

    /** How often this request has come to an end in a failure. */
    int ended(Request request) {
        return ended(request, 0);
    }

    private int ended(Request request, int never) {
        var at = at(request.line());
        var failed = states[at] & MOST_FAILED;
        return failed == 0 || hashes[at] != request.hash() ? never : failed - 1;
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
