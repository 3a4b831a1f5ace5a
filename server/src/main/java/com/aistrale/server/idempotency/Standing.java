package com.aistrale.server.idempotency;

import org.jspecify.annotations.Nullable;

/** Where a request stands that was perhaps sent before. */
public sealed interface Standing {
    /** Nobody runs it, and no answer of it is kept. */
    record Free() implements Standing {}

    /**
     * Somebody runs it.
     *
     * @param run how often it had been run before
     * @param here the run, where it is one of this node
     */
    record Runs(String inferenceId, int run, @Nullable Ongoing here) implements Standing {}

    /** It has its answer. */
    record Answered(KeptAnswer answer) implements Standing {}
}
