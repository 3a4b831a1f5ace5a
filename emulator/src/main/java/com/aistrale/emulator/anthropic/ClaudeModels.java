package com.aistrale.emulator.anthropic;

import java.util.List;

/** The models that the emulated service serves, and what each generation takes. */
final class ClaudeModels {
    static final List<String> NAMES = List.of(
            "claude-sonnet-4-5",
            "claude-haiku-4-5",
            "claude-haiku-4-5-20251001",
            "claude-sonnet-4-5-20250929",
            "claude-opus-4-5",
            "claude-opus-4-5-20251101",
            "claude-opus-4-6",
            "claude-sonnet-4-6",
            "claude-opus-4-7",
            "claude-opus-4-8",
            "claude-opus-5",
            "claude-sonnet-5",
            "claude-fable-5",
            "claude-opus-5-5",
            "claude-sonnet-5-5",
            "claude-haiku-5-5");

    private ClaudeModels() {}

    static String standard() {
        return NAMES.getFirst();
    }

    /** Whether it thinks adaptively only: no budget, no sampling parameters, and its thinking is hidden unless asked for. */
    static boolean adaptiveOnly(String model) {
        return model.matches("claude-opus-4-[78].*|claude-[a-z]+-5(-.*)?");
    }

    /** Whether it knows adaptive thinking; these take no prefilled answer either. */
    static boolean adaptive(String model) {
        return adaptiveOnly(model) || model.matches("claude-(opus|sonnet)-4-6.*");
    }

    /** Whether it takes system messages within the conversation. */
    static boolean takesSystemMessages(String model) {
        return model.matches("claude-opus-4-8.*|claude-[a-z]+-5(-.*)?");
    }
}
