package com.aistrale.server.kit.http;

import java.util.ArrayList;
import java.util.List;
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
        }
        due.forEach(Runnable::run);
    }

    public boolean isCancelled() {
        synchronized (actions) {
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
