package com.aistrale.server.routing;

import org.jspecify.annotations.Nullable;

/** The models that can be routed to a provider, with a credential or not, which are another room's. */
@FunctionalInterface
public interface KnownModels {
    /** What is wrong with {@code gpt-4o} or {@code openai/gpt-4o}: no provider is known for it; null when one is. */
    @Nullable
    String unknown(String model);
}
