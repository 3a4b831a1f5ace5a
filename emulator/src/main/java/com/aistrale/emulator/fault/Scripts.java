package com.aistrale.emulator.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The queues of scripted behaviours, one per provider. Safe for use by several threads. */
public final class Scripts {
    private final Map<String, List<Waiting>> queues = new HashMap<>();

    /** Puts behaviours at the end of a provider's queue. */
    public synchronized void add(String provider, List<Behaviour> behaviours) {
        List<Waiting> queue = queues.computeIfAbsent(provider, p -> new ArrayList<>());
        behaviours.forEach(behaviour -> queue.add(new Waiting(behaviour)));
    }

    /**
     * Takes the first behaviour in the provider's queue that is meant for this request: its faults, none where its chance
     * spares this one, or where no behaviour is meant for it.
     */
    public synchronized List<Fault> take(String provider, Asked asked) {
        for (Iterator<Waiting> at = queues.getOrDefault(provider, List.of()).iterator(); at.hasNext(); ) {
            Waiting first = at.next();
            if (first.behaviour.when().holds(asked)) {
                if (--first.left == 0) {
                    at.remove();
                }
                return first.strikes() ? first.behaviour.faults() : List.of();
            }
        }
        return List.of();
    }

    /** How many behaviours wait for that provider, each as often as it is to be taken. */
    public synchronized long waiting(String provider) {
        return queues.getOrDefault(provider, List.of()).stream()
                .mapToLong(waiting -> waiting.left)
                .sum();
    }

    public synchronized void clear() {
        queues.clear();
    }

    /** One behaviour with what is left of it. */
    private static final class Waiting {
        private final Behaviour behaviour;
        private final Random random;
        private int left;

        private Waiting(Behaviour behaviour) {
            this.behaviour = behaviour;
            this.random = new Random(behaviour.seed());
            this.left = behaviour.times();
        }

        private boolean strikes() {
            return random.nextDouble() < behaviour.chance();
        }
    }
}
