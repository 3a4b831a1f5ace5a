package com.aistrale.server.idempotency;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The server-sent events of a run, as they stand on the wire, while it runs: one writes, any number read from any event
 * on. An event ends with an empty line. Thread-safe.
 */
public final class Transcript {
    private static final String END = "\n\n";

    /** Some events. @param last the number of the last one, counted from 1 @param ended whether no more will come */
    public record Piece(String events, int last, boolean ended) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final StringBuilder text = new StringBuilder();
    private int[] ends = new int[32];
    private int size;
    private boolean ended;

    /** @param events whole ones, any number */
    public void append(String events) {
        if (events.isEmpty()) {
            return;
        }
        lock.lock();
        try {
            int base = text.length();
            text.append(events);
            for (int end = events.indexOf(END); end >= 0; end = events.indexOf(END, end + END.length())) {
                if (size == ends.length) {
                    ends = Arrays.copyOf(ends, size * 2);
                }
                ends[size++] = base + end + END.length();
            }
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more will come. */
    public void end() {
        lock.lock();
        try {
            ended = true;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many events there are. */
    public int size() {
        lock.lock();
        try {
            return size;
        } finally {
            lock.unlock();
        }
    }

    /** All so far. */
    public String text() {
        lock.lock();
        try {
            return text.toString();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What came behind an event, waiting for it; nothing when nothing came.
     *
     * @param seen the number of the last event that was read, 0 for none; at most {@link #size}
     */
    public Piece after(int seen, Duration atMost) {
        lock.lock();
        try {
            long left = atMost.toNanos();
            while (size == seen && !ended && left > 0) {
                left = more.awaitNanos(left);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return now(seen);
    }

    private Piece now(int seen) {
        lock.lock();
        try {
            int from = seen == 0 ? 0 : ends[seen - 1];
            return new Piece(size == seen ? "" : text.substring(from, ends[size - 1]), size, ended);
        } finally {
            lock.unlock();
        }
    }

    /** Where in a whole stream the event behind {@code seen} begins: its length behind the last; -1 beyond that. */
    public static int behind(byte[] stream, int seen) {
        int at = 0;
        for (int events = 0; events < seen; events++) {
            at = endOfEvent(stream, at);
            if (at < 0) {
                return -1;
            }
        }
        return at;
    }

    private static int endOfEvent(byte[] stream, int from) {
        for (int i = from; i + 1 < stream.length; i++) {
            if (stream[i] == '\n' && stream[i + 1] == '\n') {
                return i + 2;
            }
        }
        return -1;
    }

    /** As bytes on the wire. */
    public static byte[] bytes(String events) {
        return events.getBytes(StandardCharsets.UTF_8);
    }
}
