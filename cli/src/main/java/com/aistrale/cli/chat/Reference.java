package com.aistrale.cli.chat;

import com.aistrale.PromptRef;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A prompt as a saved conversation names it. */
final class Reference {
    private Reference() {}

    @SuppressWarnings("unchecked")
    static PromptRef of(Map<String, @Nullable Object> saved) {
        var reference = PromptRef.of(String.valueOf(saved.get("name")));
        if (saved.get("version") instanceof Long version) {
            reference = reference.version(version);
        } else if (saved.get("label") instanceof String label) {
            reference = reference.label(label);
        }
        return saved.get("variables") instanceof Map<?, ?> variables
                ? reference.variables((Map<String, ?>) variables)
                : reference;
    }
}
