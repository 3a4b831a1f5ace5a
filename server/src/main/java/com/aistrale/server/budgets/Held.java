package com.aistrale.server.budgets;

import com.aistrale.server.budgets.KnownBudgets.Entry;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Of which budgets the inferences that run here have put something aside; perhaps of fewer. Thread-safe. */
final class Held {
    private final Map<String, Set<Entry>> byInference = new ConcurrentHashMap<>();

    Collection<Entry> of(String inferenceId) {
        return byInference.getOrDefault(inferenceId, Set.of());
    }

    void add(String inferenceId, Collection<Entry> entries) {
        byInference.merge(inferenceId, Set.copyOf(entries), (some, more) -> {
            var all = new LinkedHashSet<>(some);
            all.addAll(more);
            return Set.copyOf(all);
        });
    }

    Collection<Entry> drop(String inferenceId) {
        var entries = byInference.remove(inferenceId);
        return entries == null ? List.of() : entries;
    }

    int size() {
        return byInference.size();
    }
}
