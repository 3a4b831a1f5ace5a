package com.aistrale.server.prompts;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A prompt: a name under which versions stand.
 *
 * @param labels which version each label is at, by label
 * @param latestVersion the highest number, from 1
 * @param revision one more with every change of the prompt, its versions or its labels
 */
public record Prompt(
        String name,
        @Nullable String description,
        SortedMap<String, Integer> labels,
        int latestVersion,
        long revision,
        Instant createdAt,
        Instant updatedAt) {
    public Prompt {
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    }
}
