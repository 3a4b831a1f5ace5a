package com.aistrale.server.routing;

import java.time.Instant;
import java.util.List;

/**
 * A workspace's own name for a model, and for those to ask where that one does not answer.
 *
 * @param model {@code gpt-4o} or {@code openai/gpt-4o}; never an alias
 * @param fallbacks in the order in which they are asked; as {@code model}
 */
public record Alias(String name, String model, List<String> fallbacks, Instant createdAt, Instant updatedAt) {
    /** The most of one workspace. */
    public static final int MOST = 200;

    /** The most fallbacks of an alias, and of a request. */
    public static final int MOST_FALLBACKS = 5;

    public Alias {
        fallbacks = List.copyOf(fallbacks);
        if (fallbacks.size() > MOST_FALLBACKS) {
            throw new IllegalArgumentException(name + " has more than " + MOST_FALLBACKS + " fallbacks: " + fallbacks);
        }
    }
}
