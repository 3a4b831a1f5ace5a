package com.aistrale.server.kit.sql;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A queue that many fill and one empties, in the order in which things came.
 *
 * <p>No item leads to a later one once it is taken. In a queue of linked nodes, those that grew old before they were
 * taken keep all that came after them from being collected with the young: such garbage is only found when the whole
 * heap is searched, and the heap grows until then (24 bytes for each that ever was in a {@code ConcurrentLinkedQueue}).
 */
final class Inbox<T extends Inbox.Item<T>> {
    /** What can be put in, once. */
    abstract static class Item<T extends Item<T>> {
        /** The one that came before, until it is taken. */
        private @Nullable T before;
    }

    private final AtomicReference<@Nullable T> newest = new AtomicReference<>();
    private final ArrayDeque<T> taken = new ArrayDeque<>();

    /** Puts it behind all others. From any thread. */
    void add(T item) {
        Item<T> link = item;
        T last;
        do {
            last = newest.get();
            link.before = last;
        } while (!newest.compareAndSet(last, item));
    }

    /** Takes the oldest; null when there is none. For the one who empties it. */
    @Nullable
    T poll() {
        if (taken.isEmpty()) {
            T item = newest.getAndSet(null);
            while (item != null) {
                taken.addFirst(item);
                Item<T> link = item;
                item = link.before;
                link.before = null;
            }
        }
        return taken.poll();
    }

    /** For the one who empties it. */
    boolean isEmpty() {
        return taken.isEmpty() && newest.get() == null;
    }
}
