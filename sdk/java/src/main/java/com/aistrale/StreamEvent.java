package com.aistrale;

import org.jspecify.annotations.Nullable;

/** One event of an {@link InferenceStream}. A later server may send kinds that this version does not know: {@link Unknown}. */
public sealed interface StreamEvent {
    /**
     * More of the answer's text.
     *
     * @param text never empty
     */
    record Text(String text) implements StreamEvent {
        /** The text itself, so that an event prints as it reads. */
        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * More of what the model thinks before it answers.
     *
     * @param thinking never empty
     */
    record Thinking(String thinking) implements StreamEvent {}

    /**
     * A piece of a tool call. Pieces with the same index belong to one call, and their arguments follow one another.
     *
     * @param index which of the answer's tool calls, from 0
     * @param id the call's id, only in its first piece, else null
     * @param name the tool's name, only in the call's first piece, else null
     * @param arguments a fragment of the arguments' JSON, may be empty
     */
    record ToolCallPart(
            int index, @Nullable String id, @Nullable String name, String arguments) implements StreamEvent {}

    /**
     * The last event: the inference is complete and recorded.
     *
     * @param inference the whole answer
     */
    record Completed(Inference inference) implements StreamEvent {}

    /**
     * An event that this version does not know.
     *
     * @param type its type on the wire
     * @param data its data as it came, mostly JSON
     */
    record Unknown(String type, String data) implements StreamEvent {}
}
