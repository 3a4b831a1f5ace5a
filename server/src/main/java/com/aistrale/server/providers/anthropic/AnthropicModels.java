package com.aistrale.server.providers.anthropic;

import java.util.List;

/**
 * What differs between generations of Claude in how a request must be written, as of November 2026
 * (platform.claude.com: models, effort, migration guides). What a model merely refuses is left to the service to say.
 */
final class AnthropicModels {
    /** How a model is told how much to think. */
    enum Thinking {
        /** It cannot think. */
        NONE,
        /** By a number of tokens. */
        BUDGET,
        /** By a word. */
        EFFORT
    }

    /** How a model is told not to think. */
    enum Off {
        /** It does not unless told to. */
        UNSAID,
        /** {@code thinking: {"type": "disabled"}}. */
        DISABLED,
        /** No thinking ahead, only notes between tool calls: the least there is. */
        BETWEEN_TOOLS,
        /** It always thinks. */
        NEVER
    }

    /**
     * @param prefix how the ids begin, without {@code claude-}
     * @param most the word for more than {@code high}
     * @param systemTurns whether a system message may stand amid the conversation
     */
    record Generation(String prefix, Thinking thinking, Off off, String most, boolean systemTurns, int maxTokens) {}

    /** Room for an answer when the caller does not say; those that think by effort spend from it on thinking too. */
    private static final int SHORT = 4096;

    private static final int USUAL = 8192;
    private static final int THINKING = 32_000;

    private static final Generation NEWEST = new Generation("", Thinking.EFFORT, Off.NEVER, "xhigh", true, THINKING);

    /** The first whose prefix fits holds. */
    private static final List<Generation> GENERATIONS = List.of(
            new Generation("3-7", Thinking.BUDGET, Off.UNSAID, "", false, USUAL),
            new Generation("3-5", Thinking.NONE, Off.UNSAID, "", false, USUAL),
            new Generation("3-", Thinking.NONE, Off.UNSAID, "", false, SHORT),
            new Generation("opus-4-6", Thinking.EFFORT, Off.UNSAID, "max", false, THINKING),
            new Generation("sonnet-4-6", Thinking.EFFORT, Off.UNSAID, "max", false, THINKING),
            new Generation("opus-4-7", Thinking.EFFORT, Off.UNSAID, "xhigh", false, THINKING),
            new Generation("opus-4-8", Thinking.EFFORT, Off.UNSAID, "xhigh", true, THINKING),
            new Generation("opus-4", Thinking.BUDGET, Off.UNSAID, "", false, USUAL),
            new Generation("sonnet-4", Thinking.BUDGET, Off.UNSAID, "", false, USUAL),
            new Generation("haiku-4", Thinking.BUDGET, Off.UNSAID, "", false, USUAL),
            new Generation("sonnet-5-5", Thinking.EFFORT, Off.BETWEEN_TOOLS, "xhigh", true, THINKING),
            new Generation("haiku-5-5", Thinking.EFFORT, Off.DISABLED, "xhigh", true, THINKING),
            new Generation("opus-5-5", Thinking.EFFORT, Off.NEVER, "xhigh", true, THINKING),
            new Generation("opus-5", Thinking.EFFORT, Off.DISABLED, "xhigh", true, THINKING),
            new Generation("sonnet-5", Thinking.EFFORT, Off.DISABLED, "xhigh", true, THINKING));

    private AnthropicModels() {}

    /** The rules for a model id; those of the newest generation for ids not known here. */
    static Generation of(String model) {
        var name = model.startsWith("claude-") ? model.substring("claude-".length()) : model;
        for (var generation : GENERATIONS) {
            if (name.startsWith(generation.prefix())) {
                return generation;
            }
        }
        return NEWEST;
    }

    /** How many tokens a model with a budget may think, for OpenAI's words; 0 for a word that is none of them. */
    static int budget(String effort) {
        return switch (effort) {
            case "minimal" -> 1024;
            case "low" -> 2048;
            case "medium" -> 8192;
            case "high" -> 16_384;
            case "xhigh" -> 32_768;
            default -> 0;
        };
    }
}
