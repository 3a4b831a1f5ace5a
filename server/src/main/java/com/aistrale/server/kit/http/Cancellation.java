package com.aistrale.server.kit.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tells whoever works for a call that nobody waits for the result any more. Thread-safe. */
public final class Cancellation {
    private final List<Runnable> actions = new ArrayList<>(2);
    private @Nullable String reason;

    /** Runs {@code action} when cancelled, at once if that has happened; at most once. */
    public void onCancel(Runnable action) {
        synchronized (actions) {
            if (reason == null) {
                actions.add(action);
                return;
            }
        }
        action.run();
    }

    /** The first call counts and runs the actions on the calling thread. */
    public void cancel(String why) {
        List<Runnable> due;
        synchronized (actions) {
            if (reason != null) {
                return;
            }
            reason = why;
            due = List.copyOf(actions);
            actions.notifyAll();
        }
        due.forEach(Runnable::run);
    }

    public boolean isCancelled() {
        synchronized (actions) {
            return reason != null;
        }
    }

    /** Waits, and no longer than until it is cancelled. @return whether it is */
    public boolean isCancelledWithin(Duration most) {
        long end = System.nanoTime() + most.toNanos();
        synchronized (actions) {
            for (long left = most.toNanos(); left > 0 && reason == null; left = end - System.nanoTime()) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(actions, left);
                } catch (InterruptedException stopping) {
                    Thread.currentThread().interrupt();
                    return true;
                }
            }
            return reason != null;
        }
    }

    /** Why, in words for the record; null unless cancelled. */
    public @Nullable String reason() {
        synchronized (actions) {
            return reason;
        }
    }
}
