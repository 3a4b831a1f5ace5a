package com.aistrale.cli.chat;

import com.aistrale.PromptRef;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is asked in one turn.
 *
 * @param messages what is said
 * @param settings of the prompt that it came from
 * @param reference that prompt, null where it was typed
 * @param key by which the server knows it again: asked once more with the same, it is not paid twice
 */
record Question(
        List<Map<String, @Nullable Object>> messages,
        Map<String, @Nullable Object> settings,
        @Nullable PromptRef reference,
        String key) {

    static Question typed(String text) {
        return of(List.of(Map.of("role", "user", "content", text)));
    }

    static Question of(List<Map<String, @Nullable Object>> messages) {
        return new Question(messages, Map.of(), null, UUID.randomUUID().toString());
    }

    /** The same, to be answered anew. */
    Question anew() {
        return new Question(messages, settings, reference, UUID.randomUUID().toString());
    }
}
