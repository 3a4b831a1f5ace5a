package com.aistrale.server.budgets;

import com.aistrale.server.pricing.Usage;
import java.time.Instant;
import java.util.Map;

/**
 * What an inference is about to spend.
 *
 * @param provider who is asked next; {@code model} is its own id
 * @param most the most that it may take
 */
public record Spending(
        String inferenceId,
        String workspaceId,
        String apiKeyId,
        Map<String, String> metadata,
        Instant createdAt,
        String provider,
        String model,
        Usage most) {
    public Spending {
        metadata = Map.copyOf(metadata);
    }
}
