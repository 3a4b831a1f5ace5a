package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request that the server made to a provider for an inference, or one whom it did not ask.
 *
 * @param provider who was asked
 * @param model for which model, null where none was chosen yet
 * @param outcome how it ended, such as {@code completed} or an error's code, or why it was not asked
 * @param latencyMs how many milliseconds it took, null while it runs
 * @param tokenId the stored credential that it was made with, {@code tok_…}; null for one of the environment, or none
 * @param upstreamStatus the provider's HTTP status, null where it did not answer
 * @param json the whole object as it came
 */
public record Attempt(
        String provider,
        @Nullable String model,
        String outcome,
        @Nullable Long latencyMs,
        @Nullable String tokenId,
        @Nullable Long upstreamStatus,
        Map<String, @Nullable Object> json) {
    static Attempt read(Fields fields) {
        return new Attempt(
                fields.text("provider"),
                fields.optionalText("model"),
                fields.text("outcome"),
                fields.optionalInteger("latency_ms"),
                fields.optionalText("token_id"),
                fields.optionalInteger("upstream_status"),
                fields.json());
    }
}
