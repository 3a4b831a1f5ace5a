package com.aistrale.cli.batch;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a batch is to do.
 *
 * @param input what to ask
 * @param shape how an entry of it becomes a request
 * @param results where answers go; null for the screen's standard output
 * @param failures where failures go; null for where the answers go
 * @param name under which the server knows its lines again; null for one of its own
 * @param concurrency how many lines at once, at least 1
 * @param interval between the beginnings of two lines, zero for none
 * @param maxCostUsd null for no limit
 * @param limit how many of the input's entries, from its beginning
 * @param askFailedAgain whether what failed in former runs is asked again
 * @param changed what to do with an answered line that is another one now
 * @param ordered whether answers are written in the input's order
 * @param giveUpAfter how many failures in a row end the batch; 0 for never
 * @param payAgain whether lines are asked again that may have been paid, so long ago that the server does not know them any more
 */
public record Plan(
        Input input,
        Shape shape,
        @Nullable Path results,
        @Nullable Path failures,
        @Nullable String name,
        int concurrency,
        Duration interval,
        @Nullable BigDecimal maxCostUsd,
        long limit,
        boolean askFailedAgain,
        Changed changed,
        boolean ordered,
        int giveUpAfter,
        boolean payAgain) {

    /** What to do with a line that was answered and is another one now. */
    public enum Changed {
        /** End, before anything is paid. */
        STOP,
        /** Ask again; the later answer in the file is the line's. */
        ASK,
        /** Keep the answer. */
        KEEP
    }
}
