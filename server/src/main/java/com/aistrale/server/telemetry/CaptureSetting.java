package com.aistrale.server.telemetry;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a workspace keeps content, at most two seconds late. Under load it is read beside the calls, once a second, so
 * that none of them waits for it. Thread-safe.
 */
final class CaptureSetting {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureSetting.class);
    private static final long AGING_NANOS = 1_000_000_000L;
    private static final long STALE_NANOS = 2_000_000_000L;

    /** What an answer that the provider was paid for waits at most for this, on top of its own time. */
    private static final long PATIENCE_MILLIS = 250;

    private record Known(boolean on, long askedAt) {}

    private final ConcurrentHashMap<String, Known> known = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, CompletableFuture<Boolean>> asking = new ConcurrentHashMap<>();
    private final Predicate<String> read;
    private final LongSupplier nanoTime;
    private volatile boolean failing;

    /** @param read asks the database about a workspace */
    CaptureSetting(Predicate<String> read, LongSupplier nanoTime) {
        this.read = read;
        this.nanoTime = nanoTime;
    }

    /** Asks where it must, and waits for the answer. */
    boolean isOn(String workspaceId) {
        var fresh = fresh(workspaceId);
        return fresh == null ? ask(workspaceId) : fresh;
    }

    /**
     * What holds for an inference that begins now. Where the database has to be asked, that is done beside the call of the
     * provider. When it does not answer, the last known setting holds, and without one nothing is kept: a setting
     * that cannot be read withholds no answer.
     */
    BooleanSupplier of(String workspaceId) {
        var fresh = fresh(workspaceId);
        if (fresh != null) {
            boolean on = fresh;
            return () -> on;
        }
        var last = known.get(workspaceId);
        var answer = askBeside(workspaceId);
        return () -> told(answer, last != null && last.on());
    }

    private @Nullable Boolean fresh(String workspaceId) {
        var now = known.get(workspaceId);
        long age = now == null ? Long.MAX_VALUE : nanoTime.getAsLong() - now.askedAt();
        if (now == null || age >= STALE_NANOS) {
            return null;
        }
        if (age >= AGING_NANOS) {
            var _ = askBeside(workspaceId);
        }
        return now.on();
    }

    private boolean told(CompletableFuture<Boolean> answer, boolean otherwise) {
        try {
            return answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException unavailable) {
            if (!failing) { // once
                failing = true;
                LOG.warn("whether content is kept cannot be read in time; what was last known holds", unavailable);
            }
            return otherwise;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return otherwise;
        }
    }

    /** Once for all that want to know meanwhile. */
    private CompletableFuture<Boolean> askBeside(String workspaceId) {
        var answer = new CompletableFuture<Boolean>();
        var other = asking.putIfAbsent(workspaceId, answer);
        if (other != null) {
            return other;
        }
        Thread.ofVirtual().name("capture-setting").start(() -> {
            try {
                boolean on = ask(workspaceId);
                asking.remove(workspaceId, answer); // who comes from now on finds what is known
                answer.complete(on);
            } catch (RuntimeException unavailable) {
                answer.completeExceptionally(unavailable);
            } finally {
                asking.remove(workspaceId, answer);
            }
        });
        return answer;
    }

    private boolean ask(String workspaceId) {
        long askedAt = nanoTime.getAsLong();
        boolean on = read.test(workspaceId);
        known.put(workspaceId, new Known(on, askedAt));
        failing = false;
        return on;
    }
}
