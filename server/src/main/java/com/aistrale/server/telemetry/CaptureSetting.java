package com.aistrale.server.telemetry;

import com.aistrale.server.kit.problem.ProblemException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Whether a workspace keeps content, at most two seconds late. Under load it is read beside the calls, once a second, so
 * that none of them waits for it. Thread-safe.
 */
final class CaptureSetting {
    private static final long AGING_NANOS = 1_000_000_000L;
    private static final long STALE_NANOS = 2_000_000_000L;

    private record Known(boolean on, long askedAt) {}

    private final ConcurrentHashMap<String, Known> known = new ConcurrentHashMap<>();
    private final Set<String> asking = ConcurrentHashMap.newKeySet();
    private final Predicate<String> read;
    private final LongSupplier nanoTime;

    /** @param read asks the database about a workspace */
    CaptureSetting(Predicate<String> read, LongSupplier nanoTime) {
        this.read = read;
        this.nanoTime = nanoTime;
    }

    boolean isOn(String workspaceId) {
        var now = known.get(workspaceId);
        long age = now == null ? Long.MAX_VALUE : nanoTime.getAsLong() - now.askedAt();
        if (now == null || age >= STALE_NANOS) {
            return ask(workspaceId);
        }
        if (age >= AGING_NANOS && asking.add(workspaceId)) {
            Thread.ofVirtual().name("capture-setting").start(() -> {
                try {
                    ask(workspaceId);
                } catch (ProblemException unavailable) {
                    asking.remove(workspaceId); // the next one asks, and waits for the answer
                } finally {
                    asking.remove(workspaceId);
                }
            });
        }
        return now.on();
    }

    private boolean ask(String workspaceId) {
        long askedAt = nanoTime.getAsLong();
        boolean on = read.test(workspaceId);
        known.put(workspaceId, new Known(on, askedAt));
        return on;
    }
}
