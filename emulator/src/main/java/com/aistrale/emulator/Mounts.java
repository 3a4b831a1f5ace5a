package com.aistrale.emulator;

import com.aistrale.emulator.anthropic.Anthropic;
import com.aistrale.emulator.gemini.Gemini;
import com.aistrale.emulator.groq.Groq;
import com.aistrale.emulator.huggingface.HuggingFace;
import com.aistrale.emulator.ollama.OllamaFormat;
import com.aistrale.emulator.openai.ChatFormat;
import com.aistrale.emulator.openai.OpenAi;
import com.aistrale.emulator.wire.WireFormat;
import java.util.List;

/** Which wire format stands below which path, and what an official client's base URL has to be for it. */
final class Mounts {
    /**
     * One wire format.
     *
     * @param path what stands before the service's own paths; empty for the root
     * @param client what follows the origin in the base URL of the service's official client
     */
    record Mount(String path, WireFormat format, String client) {
        boolean holds(String requested) {
            return requested.startsWith(path + "/") || (requested.equals(path) && !path.isEmpty());
        }

        /** The requested path below this mount's, beginning with a slash. */
        String route(String requested) {
            String route = requested.substring(path.length());
            return route.isEmpty() ? "/" : route;
        }
    }

    private static final ChatFormat OPENAI = new ChatFormat(new OpenAi());

    static final List<Mount> ALL = List.of(
            new Mount("/openai", OPENAI, "/openai/v1"),
            new Mount("/anthropic", new Anthropic(), "/anthropic"),
            new Mount("/gemini", new Gemini(), "/gemini"),
            new Mount("/groq", new ChatFormat(new Groq()), "/groq"),
            new Mount("/huggingface", new ChatFormat(new HuggingFace()), "/huggingface/v1"),
            new Mount("/ollama", new OllamaFormat(), "/ollama"),
            new Mount("", OPENAI, "/v1"));

    private Mounts() {}

    /** The first mount of that provider, which is the one under its name. */
    static Mount of(String provider) {
        for (Mount mount : ALL) {
            if (mount.format().provider().equals(provider)) {
                return mount;
            }
        }
        throw new IllegalArgumentException("no such provider: " + provider + "; there are " + providers());
    }

    static Mount holding(String path) {
        for (Mount mount : ALL) {
            if (mount.holds(path)) {
                return mount;
            }
        }
        return ALL.getLast();
    }

    static List<String> providers() {
        return ALL.stream().map(mount -> mount.format().provider()).distinct().toList();
    }
}
