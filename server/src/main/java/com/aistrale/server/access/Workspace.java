package com.aistrale.server.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The tenant: tokens, keys and telemetry belong to exactly one. Its default model is kept by the room of the tokens.
 *
 * @param isDefault whether it is the one that was there first, which credentials of the environment serve
 * @param captureContent whether messages and answers are kept with the record of an inference
 * @param retentionDays after how many days the records go; null for never
 */
public record Workspace(
        String id,
        String name,
        boolean isDefault,
        boolean captureContent,
        @Nullable Integer retentionDays,
        Instant createdAt) {}
