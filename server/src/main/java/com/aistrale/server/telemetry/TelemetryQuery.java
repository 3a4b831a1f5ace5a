package com.aistrale.server.telemetry;

import com.aistrale.server.kit.http.Query;
import org.jspecify.annotations.Nullable;

/**
 * A page of records.
 *
 * @param before only records with a lower id: where the page before ended; null begins with the newest
 * @param limit 1 to {@value Query#MOST}
 */
public record TelemetryQuery(
        TelemetryFilter filter, @Nullable String before, int limit) {
    public TelemetryQuery {
        if (limit < 1 || limit > Query.MOST) {
            throw new IllegalArgumentException("limit is not in 1.." + Query.MOST + ": " + limit);
        }
    }
}
