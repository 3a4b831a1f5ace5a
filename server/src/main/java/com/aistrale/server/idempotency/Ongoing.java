package com.aistrale.server.idempotency;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A run of this node, for those who sent the same request and wait for it. Thread-safe. */
public final class Ongoing {
    private final CompletableFuture<Ended> over = new CompletableFuture<>();
    private final CompletableFuture<Void> cancelled = new CompletableFuture<>();
    private final @Nullable Transcript transcript;

    /** @param transcript what can be read while it runs, or null */
    Ongoing(@Nullable Transcript transcript) {
        this.transcript = transcript;
    }

    /** What it said so far; null where that is told at its end only. */
    public @Nullable Transcript transcript() {
        return transcript;
    }

    /** Done when somebody cancels the request by its key, which may be before the run has quite begun; at once if so already. */
    public void onCancel(Runnable end) {
        var _ = cancelled.thenRun(end);
    }

    void cancel() {
        cancelled.complete(null);
    }

    void end(Ended ended) {
        over.complete(ended);
    }

    /** How it ended; null when it still runs after so long. */
    public @Nullable Ended await(Duration atMost) {
        try {
            return over.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException runs) {
            return null;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
