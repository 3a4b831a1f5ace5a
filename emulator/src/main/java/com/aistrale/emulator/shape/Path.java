package com.aistrale.emulator.shape;

import java.util.ArrayList;
import java.util.List;

/**
 * Where in a document: field names, and numbers of elements counted from 0.
 *
 * @param steps each a {@code String} or an {@code Integer}
 */
public record Path(List<Object> steps) {
    public static final Path ROOT = new Path(List.of());

    public Path {
        steps = List.copyOf(steps);
    }

    public static Path of(Object... steps) {
        return new Path(List.of(steps));
    }

    public Path then(Object step) {
        List<Object> longer = new ArrayList<>(steps);
        longer.add(step);
        return new Path(longer);
    }

    public Path parent() {
        return new Path(steps.subList(0, steps.size() - 1));
    }

    public String last() {
        return String.valueOf(steps.getLast());
    }

    /** As {@code messages[0].role}. */
    public String bracketed() {
        StringBuilder text = new StringBuilder();
        for (Object step : steps) {
            if (step instanceof Integer) {
                text.append('[').append(step).append(']');
            } else {
                text.append(text.isEmpty() ? "" : ".").append(step);
            }
        }
        return text.toString();
    }

    /** As {@code messages.0.role}. */
    public String dotted() {
        return String.join(".", steps.stream().map(String::valueOf).toList());
    }
}
