package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request that the server made to a provider for an inference.
 *
 * @param provider who was asked
 * @param model for which model, null where none was chosen yet
 * @param outcome how it ended, such as {@code completed} or an error's code
 * @param latencyMs how many milliseconds it took, null while it runs
 * @param json the whole object as it came
 */
public record Attempt(
        String provider,
        @Nullable String model,
        String outcome,
        @Nullable Long latencyMs,
        Map<String, @Nullable Object> json) {
    static Attempt read(Fields fields) {
        return new Attempt(
                fields.text("provider"),
                fields.optionalText("model"),
                fields.text("outcome"),
                fields.optionalInteger("latency_ms"),
                fields.json());
    }
}
