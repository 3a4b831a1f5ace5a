package com.aistrale.emulator.openai;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The models that a provider of this format serves.
 *
 * @param names those that its list shows; the first answers where a model's name is faults only
 * @param embedding those of them that embed
 * @param reasons whether a model of that name thinks before it answers
 */
public record Models(List<String> names, Set<String> embedding, Predicate<String> reasons) {
    public Models {
        names = List.copyOf(names);
        embedding = Set.copyOf(embedding);
    }

    String standard() {
        return names.getFirst();
    }
}
