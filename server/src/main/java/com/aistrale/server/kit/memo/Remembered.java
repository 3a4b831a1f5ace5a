package com.aistrale.server.kit.memo;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What was read, for a while: afterwards it is read again. What is forgotten while it is being read is not remembered.
 * When there are too many, all are forgotten. Thread-safe.
 */
public final class Remembered<K, V> {
    private static final int MOST = 10_000;

    private record Held<V>(V value, long readAt) {}

    private final ConcurrentHashMap<K, Held<V>> held = new ConcurrentHashMap<>();
    private final AtomicLong forgotten = new AtomicLong();
    private final long nanos;
    private final LongSupplier nanoTime;

    /** @param nanoTime {@link System#nanoTime} */
    public Remembered(Duration trust, LongSupplier nanoTime) {
        this.nanos = trust.toNanos();
        this.nanoTime = nanoTime;
    }

    /** The value, at most as old as it is trusted. A failure of {@code read} comes through, and is not remembered. */
    public V get(K key, Function<? super K, ? extends V> read) {
        long now = nanoTime.getAsLong();
        var known = held.get(key);
        if (known != null && now - known.readAt() < nanos) {
            return known.value();
        }
        long before = forgotten.get();
        V value = read.apply(key);
        if (held.size() >= MOST) {
            held.clear();
        }
        var fresh = new Held<V>(value, now); // as old as the begin of its reading
        held.put(key, fresh);
        if (forgotten.get() != before) {
            held.remove(key, fresh);
        }
        return value;
    }

    public void forget(K key) {
        forgotten.incrementAndGet();
        held.remove(key);
    }

    /** Forgets all for which it holds. */
    public void forgetIf(BiPredicate<? super K, ? super V> which) {
        forgotten.incrementAndGet();
        held.entrySet()
                .removeIf(entry -> which.test(entry.getKey(), entry.getValue().value()));
    }
}
