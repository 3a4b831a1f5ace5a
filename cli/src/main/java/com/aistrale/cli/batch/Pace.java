package com.aistrale.cli.batch;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * When the next line may begin: not more at once than wanted, not more often, and not while the server asks to wait. Who asks to wait also
 * gets half as many at once from then on, and one more each time as many as there are have been answered. Used by all threads.
 */
final class Pace {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final int most;
    private final long intervalNanos;
    private int window;
    private int answered;
    private int running;
    private long nextStart;
    private long closedUntil;
    private boolean stopped;

    /** @param interval between two beginnings, zero for none */
    Pace(int most, Duration interval) {
        this.most = most;
        this.window = most;
        this.intervalNanos = interval.toNanos();
        this.nextStart = System.nanoTime();
        this.closedUntil = nextStart;
    }

    /** Waits until another line may begin, and counts it as running; false where none may any more. */
    boolean begin() throws InterruptedException {
        lock.lock();
        try {
            while (!stopped) {
                var now = System.nanoTime();
                var wait = Math.max(closedUntil - now, nextStart - now);
                if (running >= window) {
                    changed.await();
                } else if (wait <= 0 || (changed.awaitNanos(wait) <= 0 && mayBegin())) {
                    running++;
                    nextStart = Math.max(nextStart, System.nanoTime()) + intervalNanos;
                    return true;
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean mayBegin() {
        var now = System.nanoTime();
        return !stopped && running < window && closedUntil - now <= 0 && nextStart - now <= 0;
    }

    /** One that began has ended. */
    void ended() {
        lock.lock();
        try {
            running--;
            answered++;
            if (answered >= window) {
                answered = 0;
                window = Math.min(most, window + 1);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until fewer than so many run, or it is stopped. */
    void awaitFewerThan(int count) throws InterruptedException {
        lock.lock();
        try {
            while (running >= count && !stopped) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The server asks everybody to wait. */
    void slow(Duration pause) {
        lock.lock();
        try {
            var now = System.nanoTime();
            if (now - closedUntil >= 0) { // what is asked of several at once is asked once
                window = Math.max(1, window / 2);
                answered = 0;
            }
            closedUntil = Math.max(closedUntil, now + pause.toNanos());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits as long as the server asked to; returns at once where it did not. */
    void awaitOpen() throws InterruptedException {
        lock.lock();
        try {
            var wait = closedUntil - System.nanoTime();
            while (wait > 0 && !stopped) {
                wait = Math.max(changed.awaitNanos(wait), closedUntil - System.nanoTime());
            }
        } finally {
            lock.unlock();
        }
    }

    /** How long the server asks to wait, zero for not at all. */
    Duration closed() {
        lock.lock();
        try {
            return Duration.ofNanos(Math.max(0, closedUntil - System.nanoTime()));
        } finally {
            lock.unlock();
        }
    }

    int running() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing begins any more, and nobody waits for a turn. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isStopped() {
        lock.lock();
        try {
            return stopped;
        } finally {
            lock.unlock();
        }
    }

    /** Waits so long at most until none runs any more; whether that came about. */
    boolean awaitRest(Duration atMost) throws InterruptedException {
        lock.lock();
        try {
            var left = atMost.toNanos();
            while (running > 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
            return running == 0;
        } finally {
            lock.unlock();
        }
    }
}
