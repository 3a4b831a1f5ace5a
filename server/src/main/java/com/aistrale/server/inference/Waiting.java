package com.aistrale.server.inference;

import com.aistrale.server.kit.http.ClientConnection;
import com.aistrale.server.kit.http.ClientGone;
import com.aistrale.server.kit.http.Drain;
import com.aistrale.server.kit.http.Places;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A client that waits for, or reads, what it does not run itself: whether it is there, reads, and has time. Thread-safe. */
final class Waiting implements Ticker.Ticked, AutoCloseable {
    /** How long it waits for something before it looks whether there is still a reason to. */
    static final Duration LOOK = Duration.ofMillis(250);

    /** When another server is sure to be asked. */
    private static final Duration RETRY = Duration.ofSeconds(2);

    private static final long WATCH_AFTER_NANOS = 100_000_000L;

    /** As {@link Running}'s. */
    private static final long FAREWELL_NANOS = 1_000_000_000L;

    private final Ticker ticker;
    private final Drain drain;
    private final ClientConnection connection = ClientConnection.current();
    private final long start = System.nanoTime();
    private final long nanos;
    private boolean watched;
    private boolean over;
    private long stoppedAt;
    private volatile boolean left;
    private @Nullable Runnable leavesPlace;

    /** @param atMost its deadline, from now */
    Waiting(Ticker ticker, Drain drain, Duration atMost) {
        this.ticker = ticker;
        this.drain = drain;
        this.nanos = atMost.toNanos();
        ticker.add(this);
    }

    /** It is known to be gone. */
    void leave() {
        left = true;
    }

    @Override
    public synchronized void tick(long nanoTime) {
        if (over) {
            return; // the connection is at its next request
        }
        if (!watched && nanoTime - start > WATCH_AFTER_NANOS) {
            watched = true;
            connection.watch(this::leave);
        }
        if (stoppedAt == 0 && drain.isOver()) {
            stoppedAt = nanoTime;
        }
        boolean late = nanoTime - start > nanos + FAREWELL_NANOS;
        if (late || (stoppedAt != 0 && nanoTime - stoppedAt > FAREWELL_NANOS)) { // it does not read
            connection.abort();
        }
    }

    /**
     * Takes a place among those that wait, until it is over; once.
     *
     * @throws com.aistrale.server.kit.problem.ProblemException when there is none
     */
    void take(Places places, String workspaceId) {
        if (leavesPlace == null) {
            places.take(workspaceId);
            leavesPlace = () -> places.leave(workspaceId);
        }
    }

    /** @throws ClientGone when nobody waits any more */
    void checkClient() {
        if (left) {
            throw new ClientGone(new IllegalStateException("the client went away"));
        }
    }

    /** @throws com.aistrale.server.kit.problem.ProblemException when the server breaks off what runs, and begins no more */
    void checkServer() {
        if (drain.isOver()) {
            throw Problem.of(
                            ProblemCode.OVERLOADED,
                            "The server stops, and this request waited for the same one, sent before. Send it again.")
                    .withRetryAfter(RETRY)
                    .exception();
        }
    }

    /**
     * Whether to go on waiting.
     *
     * @throws com.aistrale.server.kit.problem.ProblemException when the time is over, or the server stops
     */
    void check(String inferenceId) {
        checkClient();
        checkServer();
        if (System.nanoTime() - start > nanos) {
            throw Problem.of(
                            ProblemCode.PROVIDER_TIMEOUT,
                            "This request was sent before, and " + inferenceId
                                    + ", which runs it, had not ended within "
                                    + Duration.ofNanos(nanos).toMillis()
                                    + " ms. Send it again with the same Idempotency-Key to go on waiting.")
                    .exception();
        }
    }

    /** How much time is left. */
    Duration left() {
        return Duration.ofNanos(Math.max(1_000_000, nanos - (System.nanoTime() - start)));
    }

    @Override
    public void close() {
        ticker.remove(this);
        if (leavesPlace != null) {
            leavesPlace.run();
            leavesPlace = null;
        }
        synchronized (this) {
            over = true;
        }
    }
}
