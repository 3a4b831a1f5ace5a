package com.aistrale.server.telemetry.summary;

import com.aistrale.server.telemetry.TelemetryFilter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be counted.
 *
 * @param filter has a {@code since}
 * @param until the end of the window that was meant, for the answer: the filter's, or now
 * @param by none, one or two
 * @param interval null for the whole window in one
 */
public record SummaryQuery(
        TelemetryFilter filter,
        Instant since,
        Instant until,
        List<Dimension> by,
        @Nullable Interval interval) {
    public SummaryQuery {
        by = List.copyOf(by);
    }
}
