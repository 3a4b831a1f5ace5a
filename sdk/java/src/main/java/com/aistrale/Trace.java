package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What belongs together, summed up.
 *
 * @param traceId its id, the client's own
 * @param name what its first step is called, null where there is none
 * @param startedAt when its first step began
 * @param endedAt when its last step ended, null where that is not known
 * @param durationMs milliseconds between the two, null where that is not known
 * @param spanCount how many steps it has
 * @param errorCount how many of them failed
 * @param sessionId the conversation that it belongs to, null for none
 * @param costUsd US dollars, exact to 1e-9: what its inferences cost; null where that is not known
 * @param inputTokens read by its inferences, null where that is not known
 * @param outputTokens written by its inferences, null where that is not known
 * @param json the whole object as it came
 */
public record Trace(
        String traceId,
        @Nullable String name,
        Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable Long durationMs,
        long spanCount,
        long errorCount,
        @Nullable String sessionId,
        @Nullable BigDecimal costUsd,
        @Nullable Long inputTokens,
        @Nullable Long outputTokens,
        Map<String, @Nullable Object> json) {
    static Trace read(Fields fields) {
        return new Trace(
                fields.text("trace_id"),
                fields.optionalText("name"),
                fields.time("started_at"),
                fields.optionalTime("ended_at"),
                fields.optionalInteger("duration_ms"),
                fields.integer("span_count"),
                fields.integer("error_count"),
                fields.optionalText("session_id"),
                fields.optionalDecimal("cost_usd"),
                fields.optionalInteger("input_tokens"),
                fields.optionalInteger("output_tokens"),
                fields.json());
    }

    /**
     * The object as JSON.
     *
     * @return one line, unknown fields included
     */
    public String toJson() {
        return Json.write(json);
    }
}
