package com.aistrale.server.webhooks.delivery;

import java.util.ArrayDeque;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What this node has in hand of one webhook: at most {@link #AT_ONCE} attempts at a time, and some deliveries that were
 * claimed ahead, the more the better the receiver answers. So a slow one holds up nobody else. Thread-safe.
 */
final class Lane {
    static final int AT_ONCE = 8;
    static final int MOST = 128;

    private final ArrayDeque<Job> waiting = new ArrayDeque<>();

    /** Who works on it. */
    private int workers;

    /** What they have in hand. */
    private int busy;

    private int reserved;
    private int window = AT_ONCE;

    private boolean failedLast;

    /** Whether more is due than was claimed, as far as is known. */
    private boolean behind;

    /** Reserves room for deliveries that are about to be claimed. @return for how many; {@link #add} or {@link #giveBack} follows */
    synchronized int reserve(int wanted) {
        int room = Math.clamp(window - inHand(), 0, wanted);
        reserved += room;
        behind |= room < wanted;
        return room;
    }

    /** Not all that was reserved for is there. */
    synchronized void caughtUp() {
        behind = false;
    }

    /** More is due. */
    synchronized void fallBehind() {
        behind = true;
    }

    /** Whether there is something to claim, and room for it. */
    synchronized boolean wantsMore() {
        return behind && hasRoom();
    }

    synchronized void giveBack(int count) {
        reserved -= count;
    }

    /** Whether claiming is worth its commit. */
    synchronized boolean hasRoom() {
        return inHand() <= window / 2 || inHand() < AT_ONCE;
    }

    private int inHand() {
        return busy + reserved + waiting.size();
    }

    /** Takes what was reserved for. @return how many more are to work on it */
    synchronized int add(Collection<Job> jobs) {
        reserved -= jobs.size();
        waiting.addAll(jobs);
        int more = Math.min(AT_ONCE - workers, waiting.size());
        workers += more;
        return more;
    }

    /** What is next for one who works; null when he is to stop. {@link #ended} follows. */
    synchronized @Nullable Job next() {
        var job = waiting.poll();
        if (job == null) {
            workers--;
        } else {
            busy++;
        }
        return job;
    }

    synchronized void ended(boolean delivered) {
        busy--;
        failedLast = !delivered;
        window = delivered ? Math.min(MOST, window + 1) : AT_ONCE;
    }

    /** Whether the attempt that ended last failed, so that its webhook may be noted as failing. */
    synchronized boolean failedLast() {
        return failedLast;
    }
}
