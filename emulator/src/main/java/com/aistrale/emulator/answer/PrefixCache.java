package com.aistrale.emulator.answer;

import com.aistrale.emulator.journal.Fingerprint;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Remembers beginnings of prompts, as the services' prompt caches do. Nothing is forgotten before a reset. Thread-safe. */
public final class PrefixCache {
    private final Set<String> seen = new HashSet<>();

    /**
     * One part of a prompt.
     *
     * @param breakpoint whether the beginning up to and with this part is remembered
     */
    public record Segment(String content, int tokens, boolean breakpoint) {}

    /**
     * How far a prompt was known and how far it is remembered now.
     *
     * @param read tokens of the longest beginning that was remembered before
     * @param written tokens between that and the last breakpoint
     */
    public record Hit(int read, int written) {}

    /** Looks a prompt up and remembers its breakpoints; beginnings below so many tokens are not cached. */
    public synchronized Hit look(String model, List<Segment> prompt, int least) {
        StringBuilder beginning = new StringBuilder(model);
        int tokens = 0;
        int read = 0;
        int last = 0;
        for (Segment segment : prompt) {
            beginning.append('\u0000').append(segment.content());
            tokens += segment.tokens();
            if (segment.breakpoint() && tokens >= least) {
                last = tokens;
                if (!seen.add(Fingerprint.of(beginning.toString()))) {
                    read = tokens;
                }
            }
        }
        return new Hit(read, last - read);
    }

    public synchronized void clear() {
        seen.clear();
    }
}
