package com.aistrale.emulator.answer;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the model said.
 *
 * @param thinking what it thought, for formats that show it; empty if it did not think
 * @param stopSequence the stop sequence at which the text ended, or null
 * @param outputTokens all tokens of the answer, the reasoning's included
 */
public record Answer(
        String thinking,
        String text,
        List<Call> calls,
        Finish finish,
        @Nullable String stopSequence,
        int reasoningTokens,
        int outputTokens) {

    /** A tool call. */
    public record Call(String name, JsonNode arguments) {}

    /** Why it ended. */
    public enum Finish {
        STOP,
        LENGTH,
        TOOL_CALLS,
        CONTENT_FILTER
    }

    public Answer {
        calls = List.copyOf(calls);
    }
}
