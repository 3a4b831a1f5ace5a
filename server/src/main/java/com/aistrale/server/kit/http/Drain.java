package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Stopping without cutting anybody off: refuse what is new, wait for what runs. Thread-safe. */
public final class Drain {
    private static final Duration RETRY = Duration.ofSeconds(2);

    /** Answered to the end: a load balancer has to see that this node goes, and who counts what it did at last. */
    private static final Set<String> ALWAYS = Set.of("/health", "/ready", "/metrics");

    private final AtomicInteger running = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private volatile boolean draining;
    private volatile boolean over;

    /** A request that runs. */
    public interface Admission extends AutoCloseable {
        @Override
        void close();
    }

    /** @throws ProblemException {@code overloaded} when the server is stopping */
    Admission admit(String path) {
        if (ALWAYS.contains(path)) {
            return () -> {};
        }
        running.incrementAndGet();
        if (draining) {
            ended();
            throw Problem.of(ProblemCode.OVERLOADED, "The server is stopping and takes no new requests.")
                    .withRetryAfter(RETRY)
                    .exception();
        }
        return this::ended;
    }

    /** Counts what goes on beside a request that was admitted, and may outlast it. */
    public Admission goesOn() {
        running.incrementAndGet();
        return this::ended;
    }

    private void ended() {
        if (running.decrementAndGet() == 0 && draining) {
            lock.lock();
            try {
                idle.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    public boolean isDraining() {
        return draining;
    }

    /** From now on refuses what is new. */
    public void begin() {
        draining = true;
    }

    /** From now on what still runs is to break off. */
    public void breakOff() {
        over = true;
    }

    /** Whether the time is over that what runs had to come to its end. */
    public boolean isOver() {
        return over;
    }

    /** Waits for what runs, after {@link #begin}; may be called again. @return whether all of it ended in time */
    public boolean await(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = atMost.toNanos();
            while (running.get() > 0 && left > 0) {
                left = idle.awaitNanos(left);
            }
            return running.get() == 0;
        } finally {
            lock.unlock();
        }
    }
}
