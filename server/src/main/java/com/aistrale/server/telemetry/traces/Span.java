package com.aistrale.server.telemetry.traces;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A step of a caller's program.
 *
 * @param endedAt not before {@code startedAt}
 * @param attributes a JSON object
 * @param input JSON; null where content is not kept
 * @param output JSON; likewise
 * @param inferenceId the inference that the step stands for, or null
 */
record Span(
        String traceId,
        String spanId,
        @Nullable String parentSpanId,
        String name,
        Kind kind,
        Instant startedAt,
        Instant endedAt,
        boolean failed,
        @Nullable String errorMessage,
        String attributes,
        @Nullable String input,
        @Nullable String output,
        @Nullable String inferenceId,
        @Nullable String sessionId) {

    enum Kind {
        CHAIN,
        LLM,
        TOOL,
        RETRIEVER,
        AGENT,
        EMBEDDING,
        TASK,
        OTHER;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        String wireName() {
            return wireName;
        }
    }

    Span {
        if (endedAt.isBefore(startedAt)) {
            throw new IllegalArgumentException(spanId + " ends before it starts");
        }
    }

    String status() {
        return failed ? "error" : "ok";
    }
}
