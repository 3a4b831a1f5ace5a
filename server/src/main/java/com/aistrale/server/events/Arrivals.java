package com.aistrale.server.events;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Wakes who waits for events that this process appends, after their commit. Costs one volatile read where nobody does. Thread-safe. */
public final class Arrivals {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final AtomicInteger listeners = new AtomicInteger();
    private long count;

    /** From now until {@link #leave} arrivals are counted. */
    public void join() {
        listeners.incrementAndGet();
    }

    public void leave() {
        listeners.decrementAndGet();
    }

    /** How many arrived, as long as somebody listened: to be asked before one looks for them. */
    public long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until more than {@code seen} have arrived, or the time is over. */
    public void await(long seen, Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = atMost.toNanos();
            while (count == seen && left > 0) {
                left = arrived.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Wakes all, as when the server stops or a listener's client left. */
    public void signal() {
        if (listeners.get() == 0) {
            return;
        }
        lock.lock();
        try {
            count++;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
