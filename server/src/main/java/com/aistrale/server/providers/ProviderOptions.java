package com.aistrale.server.providers;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The caller's own fields for a provider. */
public final class ProviderOptions {
    private ProviderOptions() {}

    /**
     * Merges {@code options} into {@code body}: objects field by field, everything else takes the place of what stood
     * there. Nothing but {@code body} itself is changed, as values in it may be the request's own.
     */
    public static void mergeInto(ObjectNode body, @Nullable ObjectNode options) {
        if (options == null) {
            return;
        }
        for (var option : options.properties()) {
            if (option.getValue() instanceof ObjectNode more && body.get(option.getKey()) instanceof ObjectNode there) {
                var merged = there.objectNode().setAll(there);
                mergeInto(merged, more);
                body.set(option.getKey(), merged);
            } else {
                body.set(option.getKey(), option.getValue());
            }
        }
    }
}
