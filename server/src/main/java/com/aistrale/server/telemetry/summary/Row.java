package com.aistrale.server.telemetry.summary;

import com.aistrale.server.telemetry.InferenceRecord.Status;
import org.jspecify.annotations.Nullable;

/**
 * What a summary reads of a record.
 *
 * @param first its value of the first dimension; null without one
 * @param second its value of the second
 */
record Row(
        @Nullable String first,
        @Nullable String second,
        long createdAt,
        Status status,
        @Nullable Long latencyMs,
        @Nullable Long timeToFirstTokenMs,
        long inputTokens,
        long outputTokens,
        @Nullable Long costNanoUsd) {}
