package com.aistrale.server.telemetry;

import com.aistrale.server.kit.http.Query;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which records; each null takes all.
 *
 * @param since inclusive
 * @param until exclusive
 * @param before only records with a lower id: where the page before ended
 * @param limit 1 to {@value Query#MOST}
 */
public record TelemetryQuery(
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String provider,
        @Nullable String model,
        InferenceRecord.@Nullable Status status,
        @Nullable String before,
        int limit) {
    public TelemetryQuery {
        if (limit < 1 || limit > Query.MOST) {
            throw new IllegalArgumentException("limit is not in 1.." + Query.MOST + ": " + limit);
        }
    }
}
