package com.aistrale.server.events;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Wakes who waits for events: after the commit of those that this process appends, which costs one volatile read where nobody does; and when others told. Thread-safe. */
public final class Arrivals {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final AtomicInteger listeners = new AtomicInteger();
    private long count;
    private long own;

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

    /** How many of these this process appended: what others told is not to be told on, or nodes would tell each other for ever. */
    public long own() {
        lock.lock();
        try {
            return own;
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

    /** This process appended. */
    public void signal() {
        arrived(1);
    }

    /** Wakes all for another reason: another node told of its events, a listener's client left, the server stops. */
    public void wake() {
        arrived(0);
    }

    private void arrived(int ofOurs) {
        if (listeners.get() == 0) {
            return;
        }
        lock.lock();
        try {
            count++;
            own += ofOurs;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
