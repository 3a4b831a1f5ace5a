package com.aistrale.server.providers.gemini;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What differs between generations of Gemini in how a request must be written, as of November 2026 (ai.google.dev:
 * thinking, thought signatures, media resolution). What a model merely refuses is left to the service to say.
 */
final class GeminiModels {
    /** How a model is told how much to think. */
    enum Thinking {
        /** It cannot think. */
        NONE,
        /** By a number of tokens. */
        BUDGET,
        /** By a word. */
        LEVEL
    }

    /**
     * @param prefix how the ids begin
     * @param off whether thinking can be turned off
     * @param leastBudget the smallest budget that is not "off"
     * @param mostBudget the largest budget
     * @param minimal whether there is a level below {@code low}
     * @param third whether it is of the third generation or later, where the signature of the thought before a function
     *     call must come back with the call, and an image may say its own resolution
     */
    record Generation(
            String prefix,
            Thinking thinking,
            boolean off,
            int leastBudget,
            int mostBudget,
            boolean minimal,
            boolean third) {

        private static Generation without(String prefix) {
            return new Generation(prefix, Thinking.NONE, true, 0, 0, false, false);
        }

        private static Generation budget(String prefix, boolean off, int least, int most) {
            return new Generation(prefix, Thinking.BUDGET, off, least, most, false, false);
        }

        private static Generation level(String prefix, boolean minimal) {
            return new Generation(prefix, Thinking.LEVEL, false, 0, 0, minimal, true);
        }
    }

    /** {@code low}, {@code medium} and {@code high} are what every model with levels has. */
    private static final Generation NEWEST = Generation.level("", false);

    /** The first whose prefix fits holds. */
    private static final List<Generation> GENERATIONS = List.of(
            Generation.without("gemma-"),
            Generation.without("gemini-1"),
            Generation.without("gemini-2.0"),
            Generation.budget("gemini-2.5-pro", false, 128, 32_768),
            Generation.budget("gemini-2.5", true, 512, 24_576),
            Generation.level("gemini-3-flash", true),
            Generation.level("gemini-3.1-flash", true),
            Generation.level("gemini-3.5-flash", true),
            Generation.level("gemini-3.6-flash", true));

    private GeminiModels() {}

    /** The rules for a model id; those of the newest generation for ids not known here. */
    static Generation of(String model) {
        for (var generation : GENERATIONS) {
            if (model.startsWith(generation.prefix())) {
                return generation;
            }
        }
        return NEWEST;
    }

    /** The path of a model: {@code models/…}, unless the id says {@code tunedModels/…} itself. No id leaves its place. */
    static String path(String model) {
        int slash = model.indexOf('/');
        var kind = slash < 0 ? "" : model.substring(0, slash);
        return kind.equals("models") || kind.equals("tunedModels")
                ? kind + "/" + segment(model.substring(slash + 1))
                : "models/" + segment(model);
    }

    private static String segment(String id) {
        return URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
