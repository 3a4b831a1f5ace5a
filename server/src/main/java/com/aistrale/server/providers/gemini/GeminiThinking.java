package com.aistrale.server.providers.gemini;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Refusals;
import com.aistrale.server.providers.gemini.GeminiModels.Generation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Says OpenAI's {@code reasoning_effort} as {@code thinkingConfig}. Whoever asks for thinking gets to see it. */
final class GeminiThinking {
    private static final String POINTER = "/reasoning_effort";

    private GeminiThinking() {}

    static void encode(@Nullable String effort, Generation generation, ObjectNode config, Refusals refusals) {
        if (effort == null) {
            return;
        }
        if (effort.equals("none")) {
            off(generation, config, refusals);
            return;
        }
        var said = Json.object();
        switch (generation.thinking()) {
            case NONE -> {
                refusals.add(POINTER, "this model cannot think before it answers; leave it out");
                return;
            }
            case BUDGET -> {
                int budget = budget(effort, generation);
                if (budget == 0) {
                    refusals.add(POINTER, "`" + effort + "` is not one of none, minimal, low, medium, high, xhigh");
                }
                said.put("thinkingBudget", budget);
            }
            case LEVEL -> said.put("thinkingLevel", level(effort, generation));
        }
        config.set("thinkingConfig", said.put("includeThoughts", true));
    }

    /** {@code minimal} is Google's word for "as good as none" where a model has it. */
    private static void off(Generation generation, ObjectNode config, Refusals refusals) {
        switch (generation.thinking()) {
            case NONE -> {}
            case BUDGET -> {
                if (generation.off()) {
                    config.putObject("thinkingConfig").put("thinkingBudget", 0);
                } else {
                    refusals.add(POINTER, "this model always thinks; the least is `minimal`");
                }
            }
            case LEVEL -> {
                if (generation.minimal()) {
                    config.putObject("thinkingConfig").put("thinkingLevel", "minimal");
                } else {
                    refusals.add(POINTER, "this model always thinks; the least is `low`");
                }
            }
        }
    }

    private static int budget(String effort, Generation generation) {
        return switch (effort) {
            case "minimal" -> generation.leastBudget();
            case "low" -> 1024;
            case "medium" -> 8192;
            case "high" -> 24_576;
            case "xhigh" -> generation.mostBudget();
            default -> 0;
        };
    }

    /** A word that is not known here is Google's own, or one to come. */
    private static String level(String effort, Generation generation) {
        return switch (effort) {
            case "minimal" -> generation.minimal() ? "minimal" : "low";
            case "xhigh" -> "high";
            default -> effort;
        };
    }
}
