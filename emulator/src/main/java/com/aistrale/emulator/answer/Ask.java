package com.aistrale.emulator.answer;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a request asks of the model, told without its wire format.
 *
 * @param lastUser the text of the last message that a user wrote; may be empty
 * @param toolResults what tools answered since the model's last turn; empty if none did
 * @param images how many images the last user message carries
 * @param maxTokens how many tokens the answer may have, reasoning included; at least 0
 * @param reasoningTokens how many tokens the model thinks before it answers; 0 for none
 * @param scripted words to say in place of those derived; null if none
 */
public record Ask(
        String model,
        String lastUser,
        List<String> toolResults,
        int images,
        List<Tool> tools,
        Choice choice,
        boolean parallel,
        Output output,
        List<String> stop,
        int maxTokens,
        int reasoningTokens,
        @Nullable String scripted) {

    /** A tool on offer. */
    public record Tool(String name, JsonNode parameters) {}

    /** Whether a tool is to be called. */
    public sealed interface Choice {
        /** If the prompt asks for it. */
        record Auto() implements Choice {}

        /** Never. */
        record None() implements Choice {}

        /** Some tool of these, always; of all that are offered if the list is empty. */
        record Required(List<String> names) implements Choice {
            public Required {
                names = List.copyOf(names);
            }
        }
    }

    /** What the text of the answer has to be. */
    public sealed interface Output {
        record Plain() implements Output {}

        /** Any JSON object. */
        record AnyJson() implements Output {}

        /** JSON that fits this schema. */
        record Fitting(JsonNode schema) implements Output {}
    }

    public Ask {
        toolResults = List.copyOf(toolResults);
        tools = List.copyOf(tools);
        stop = List.copyOf(stop);
        if (maxTokens < 0 || reasoningTokens < 0 || images < 0) {
            throw new IllegalArgumentException(
                    "a count is negative: " + maxTokens + ", " + reasoningTokens + ", " + images);
        }
    }
}
