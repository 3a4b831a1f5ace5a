package com.aistrale.server.prompts;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What runs need of prompts, without a query for each. Versions never change. Where the labels are, and whether the
 * prompt is there at all, is asked again after {@link #FRESH}: another node may have changed it. Thread-safe.
 */
final class PromptCache {
    /** How long a change on another node may go unnoticed. */
    static final Duration FRESH = Duration.ofSeconds(2);

    private static final int MOST_PROMPTS = 10_000;
    /** In characters. */
    private static final long MOST_WEIGHT = 20_000_000;

    private record PromptKey(String workspaceId, String name) {}

    private record VersionKey(String workspaceId, String name, int version) {}

    private record Seen(Prompt prompt, long nanos) {}

    private final LongSupplier nanoTime;
    private final ConcurrentHashMap<PromptKey, Seen> prompts = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<VersionKey, CompiledPrompt> versions = new ConcurrentHashMap<>();
    private final AtomicLong weight = new AtomicLong();
    private final AtomicLong changes = new AtomicLong();

    PromptCache(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The prompt as it was within {@link #FRESH}, or null when it is not known. */
    @Nullable
    Prompt fresh(String workspaceId, String name) {
        var seen = prompts.get(new PromptKey(workspaceId, name));
        return seen == null || nanoTime.getAsLong() - seen.nanos > FRESH.toNanos() ? null : seen.prompt;
    }

    /** Reads the prompt and remembers it. */
    Optional<Prompt> prompt(String workspaceId, String name, Supplier<Optional<Prompt>> read) {
        long before = changes.get();
        long nanos = nanoTime.getAsLong();
        var prompt = read.get();
        if (prompt.isPresent()) {
            var key = new PromptKey(workspaceId, name);
            if (prompts.size() >= MOST_PROMPTS) {
                prompts.clear();
            }
            prompts.put(key, new Seen(prompt.get(), nanos));
            if (changes.get() != before) { // perhaps of this prompt, after it was read
                prompts.remove(key);
            }
        }
        return prompt;
    }

    /** This node has changed the prompt. */
    void changed(String workspaceId, String name) {
        changes.incrementAndGet();
        prompts.remove(new PromptKey(workspaceId, name));
    }

    @Nullable
    CompiledPrompt version(String workspaceId, String name, int version) {
        return versions.get(new VersionKey(workspaceId, name, version));
    }

    void put(String workspaceId, CompiledPrompt compiled) {
        long more = compiled.weight();
        if (weight.addAndGet(more) > MOST_WEIGHT) {
            versions.clear();
            weight.set(more);
        }
        var version = compiled.version();
        versions.put(new VersionKey(workspaceId, version.name(), version.version()), compiled);
    }
}
