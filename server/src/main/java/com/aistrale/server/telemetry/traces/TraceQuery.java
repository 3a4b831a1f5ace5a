package com.aistrale.server.telemetry.traces;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A page of traces, newest first.
 *
 * @param since inclusive, of the start
 * @param until exclusive
 * @param before where the page before ended
 */
record TraceQuery(
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String sessionId,
        @Nullable Place before,
        int limit) {

    /** A trace's place in the list. */
    record Place(long startedAt, String traceId) {}
}
