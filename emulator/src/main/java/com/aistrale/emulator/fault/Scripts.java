package com.aistrale.emulator.fault;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The queues of scripted behaviours, one per provider. Safe for use by several threads. */
public final class Scripts {
    private final Map<String, Deque<Behaviour>> queues = new HashMap<>();

    /** Puts behaviours at the end of a provider's queue. */
    public synchronized void add(String provider, List<Behaviour> behaviours) {
        queues.computeIfAbsent(provider, p -> new ArrayDeque<>()).addAll(behaviours);
    }

    /** Takes the first behaviour in the provider's queue that is meant for this request; empty if none is. */
    public synchronized Optional<Behaviour> take(String provider, String method, String path) {
        Deque<Behaviour> queue = queues.getOrDefault(provider, new ArrayDeque<>());
        for (Iterator<Behaviour> at = queue.iterator(); at.hasNext(); ) {
            Behaviour behaviour = at.next();
            if (behaviour.takes(method, path)) {
                at.remove();
                if (behaviour.times() > 1) {
                    queue.addFirst(behaviour.times(behaviour.times() - 1));
                }
                return Optional.of(behaviour);
            }
        }
        return Optional.empty();
    }

    /** How many behaviours wait for that provider. */
    public synchronized int waiting(String provider) {
        return queues.getOrDefault(provider, new ArrayDeque<>()).stream()
                .mapToInt(Behaviour::times)
                .sum();
    }

    public synchronized void clear() {
        queues.clear();
    }
}
