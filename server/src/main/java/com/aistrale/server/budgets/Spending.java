package com.aistrale.server.budgets;

import java.time.Instant;
import java.util.Map;

/**
 * What an inference is about to spend.
 *
 * @param provider who is asked next; {@code model} is its own id
 * @param inputTokens the most that it may read
 * @param outputTokens the most that it may write
 */
public record Spending(
        String inferenceId,
        String workspaceId,
        String apiKeyId,
        Map<String, String> metadata,
        Instant createdAt,
        String provider,
        String model,
        long inputTokens,
        long outputTokens) {
    public Spending {
        metadata = Map.copyOf(metadata);
    }
}
