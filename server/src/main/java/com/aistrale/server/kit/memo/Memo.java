package com.aistrale.server.kit.memo;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Remembers what a pure function said, for keys that clients choose: when there are too many, all are forgotten. Thread-safe.
 */
public final class Memo<K, V> {
    private static final int MOST = 1000;

    private final ConcurrentHashMap<K, V> known = new ConcurrentHashMap<>();
    private final Function<K, V> function;

    public Memo(Function<K, V> function) {
        this.function = function;
    }

    public V get(K key) {
        var value = known.get(key);
        if (value == null) {
            value = function.apply(key);
            if (known.size() >= MOST) {
                known.clear();
            }
            known.put(key, value);
        }
        return value;
    }

    /** How many keys are remembered. */
    int size() {
        return known.size();
    }
}
