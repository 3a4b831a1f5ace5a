package com.aistrale.server.providers.anthropic;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Refusals;
import com.aistrale.server.providers.anthropic.AnthropicModels.Generation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Says OpenAI's {@code reasoning_effort} and the room for the answer, which thinking takes part of. */
final class AnthropicThinking {
    static final String POINTER = "/reasoning_effort";

    /** The least budget that the service takes. */
    private static final int LEAST = 1024;

    private AnthropicThinking() {}

    /** Writes {@code max_tokens}, and {@code thinking} and {@code output_config.effort} as far as an effort is said. */
    static void encode(
            @Nullable String effort,
            @Nullable Integer maxOutputTokens,
            Generation generation,
            ObjectNode body,
            Refusals refusals) {
        body.put("max_tokens", maxOutputTokens == null ? usualMaximum(effort, generation) : maxOutputTokens);
        if (effort == null) {
            return;
        }
        if (effort.equals("none")) {
            off(generation, body, refusals);
            return;
        }
        switch (generation.thinking()) {
            case NONE -> refusals.add(POINTER, "this model cannot think before it answers; leave it out");
            case BUDGET -> budget(effort, maxOutputTokens, body, refusals);
            case EFFORT -> {
                // From 4.7 on the text of thinking is left out unless asked for: whoever asks for thinking may see it.
                body.set("thinking", Json.object().put("type", "adaptive").put("display", "summarized"));
                body.withObjectProperty("output_config").put("effort", word(effort, generation));
            }
        }
    }

    /** The room for an answer where the caller names none, with what a budget of thinking takes of it. */
    static int usualMaximum(@Nullable String effort, Generation generation) {
        return effort != null && generation.thinking() == AnthropicModels.Thinking.BUDGET
                ? generation.maxTokens() + AnthropicModels.budget(effort)
                : generation.maxTokens();
    }

    private static void off(Generation generation, ObjectNode body, Refusals refusals) {
        switch (generation.off()) {
            case UNSAID -> {}
            case DISABLED -> body.set("thinking", Json.object().put("type", "disabled"));
            case BETWEEN_TOOLS -> body.set("thinking", Json.object().put("type", "between_tools"));
            case NEVER -> refusals.add(POINTER, "this model always thinks; the least is `low`");
        }
    }

    private static void budget(String effort, @Nullable Integer maxOutputTokens, ObjectNode body, Refusals refusals) {
        int budget = AnthropicModels.budget(effort);
        if (budget == 0) {
            refusals.add(POINTER, "`" + effort + "` is not one of none, minimal, low, medium, high, xhigh");
            return;
        }
        if (maxOutputTokens != null && maxOutputTokens <= LEAST) {
            refusals.add(
                    POINTER,
                    "thinking takes at least " + LEAST + " of the " + maxOutputTokens
                            + " tokens allowed for the answer; allow more of them, or leave it out");
            return;
        }
        if (maxOutputTokens != null) {
            budget = Math.min(budget, maxOutputTokens - 1);
        }
        body.set("thinking", Json.object().put("type", "enabled").put("budget_tokens", budget));
    }

    /** OpenAI's words in Anthropic's; one that is not known here is Anthropic's own, or one to come. */
    private static String word(String effort, Generation generation) {
        return switch (effort) {
            case "minimal" -> "low";
            case "xhigh" -> generation.most();
            default -> effort;
        };
    }
}
