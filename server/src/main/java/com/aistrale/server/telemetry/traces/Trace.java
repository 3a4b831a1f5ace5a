package com.aistrale.server.telemetry.traces;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A trace as a list shows it.
 *
 * @param name of its first root span; null for one of inferences alone
 * @param endedAt null while all that is known of it runs
 * @param errorCount spans in error; in a trace without spans, inferences that did not complete
 * @param costNanoUsd of the inferences whose cost is known; null when it is of none
 */
record Trace(
        String traceId,
        @Nullable String name,
        Instant startedAt,
        @Nullable Instant endedAt,
        long spanCount,
        long errorCount,
        @Nullable String sessionId,
        @Nullable Long costNanoUsd,
        long inputTokens,
        long outputTokens) {

    /** How long it took; null while it runs. */
    @Nullable
    Long durationMs() {
        return endedAt == null ? null : Math.max(0, endedAt.toEpochMilli() - startedAt.toEpochMilli());
    }
}
