package com.aistrale.emulator.gemini;

import java.util.List;

/** The models that the emulated service serves, and what each generation takes. */
final class GeminiModels {
    static final List<String> NAMES = List.of(
            "gemini-2.5-flash-lite",
            "gemini-2.5-flash",
            "gemini-2.5-pro",
            "gemini-2.0-flash",
            "gemini-flash-latest",
            "gemini-3-pro-preview",
            "gemini-3-flash-preview",
            "gemini-3.1-pro-preview",
            "gemini-3.1-flash-lite-preview");

    private GeminiModels() {}

    static String standard() {
        return NAMES.getFirst();
    }

    /** Thinks by levels, and wants its thought signatures back. */
    static boolean third(String model) {
        return model.startsWith("gemini-3");
    }

    static boolean thinks(String model) {
        return third(model) || model.startsWith("gemini-2.5") || model.endsWith("latest");
    }

    /** Thinks where nothing is told. */
    static boolean thinksUnasked(String model) {
        return thinks(model) && !model.contains("lite");
    }
}
