package com.aistrale.server.prompts;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A version: never changed once it is there.
 *
 * @param version from 1, without gaps
 * @param createdBy the API key's id
 */
public record PromptVersion(
        String name,
        int version,
        PromptContent content,
        @Nullable String note,
        Instant createdAt,
        String createdBy) {}
