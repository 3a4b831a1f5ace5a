package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Stopping without cutting anybody off: refuse what is new, wait for what runs. Thread-safe. */
public final class Drain {
    private static final Duration RETRY = Duration.ofSeconds(2);

    /** Answered to the end: a load balancer has to see that this node goes. */
    private static final Set<String> ALWAYS = Set.of("/health", "/ready");

    private final Phaser running = new Phaser(1);
    private volatile boolean draining;

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
        running.register();
        if (draining) {
            running.arriveAndDeregister();
            throw Problem.of(ProblemCode.OVERLOADED, "The server is stopping and takes no new requests.")
                    .withRetryAfter(RETRY)
                    .exception();
        }
        return running::arriveAndDeregister;
    }

    public boolean isDraining() {
        return draining;
    }

    /** From now on refuses what is new. */
    public void begin() {
        draining = true;
    }

    /** Waits for what runs. @return whether all of it ended in time */
    public boolean await(Duration atMost) throws InterruptedException {
        int phase = running.arrive();
        try {
            running.awaitAdvanceInterruptibly(phase, atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException late) {
            return false;
        }
    }
}
