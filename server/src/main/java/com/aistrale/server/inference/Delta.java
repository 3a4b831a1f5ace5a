package com.aistrale.server.inference;

import org.jspecify.annotations.Nullable;

/** A piece of an answer on its way. Text-like deltas are to be appended in the order in which they come. */
public sealed interface Delta {
    record Text(String text) implements Delta {}

    record Thinking(String text) implements Delta {}

    /** Ends the thinking block that runs, with its signature. */
    record ThinkingSignature(String signature) implements Delta {}

    record RedactedThinking(String data) implements Delta {}

    /**
     * A piece of the tool call number {@code index} (from 0, in order of appearance).
     *
     * @param id set in the call's first piece only
     * @param name set in the call's first piece only
     * @param arguments a fragment of the arguments' JSON text, possibly empty
     * @param signature as in {@link Part.ToolCall}, in the first piece only
     */
    record ToolCall(
            int index,
            @Nullable String id,
            @Nullable String name,
            String arguments,
            @Nullable String signature) implements Delta {}
}
