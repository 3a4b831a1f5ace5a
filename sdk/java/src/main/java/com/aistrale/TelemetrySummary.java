package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts, times, tokens and costs of many inferences.
 *
 * @param since the begin of the time that was looked at
 * @param until its end
 * @param groups the largest first
 * @param truncated whether there were more groups than the server gives
 * @param json the whole object as it came
 */
public record TelemetrySummary(
        Instant since, Instant until, List<Group> groups, boolean truncated, Map<String, @Nullable Object> json) {

    /**
     * What belongs together.
     *
     * @param group what it was grouped by, and the value here; a value is null where the inferences have none
     * @param bucketStart the begin of the step of time, null where there are no steps
     * @param count how many inferences
     * @param errors how many of them failed, were cancelled or interrupted
     * @param latencyMs how long they took, in milliseconds
     * @param timeToFirstTokenMs how long the first piece took, of those that were streamed
     * @param inputTokens read
     * @param outputTokens written
     * @param costUsd US dollars, exact to 1e-9: the sum of what is known; null where nothing is
     * @param costUnknown of how many inferences the cost is not known
     * @param json the whole object as it came
     */
    public record Group(
            Map<String, @Nullable Object> group,
            @Nullable Instant bucketStart,
            long count,
            long errors,
            @Nullable Percentiles latencyMs,
            @Nullable Percentiles timeToFirstTokenMs,
            @Nullable Long inputTokens,
            @Nullable Long outputTokens,
            @Nullable BigDecimal costUsd,
            long costUnknown,
            Map<String, @Nullable Object> json) {
        static Group read(Fields fields) {
            return new Group(
                    fields.object("group"),
                    fields.optionalTime("bucket_start"),
                    fields.integer("count"),
                    fields.integer("errors"),
                    fields.optional("latency_ms", Percentiles::read),
                    fields.optional("time_to_first_token_ms", Percentiles::read),
                    fields.optionalInteger("input_tokens"),
                    fields.optionalInteger("output_tokens"),
                    fields.optionalDecimal("cost_usd"),
                    fields.integer("cost_unknown"),
                    fields.json());
        }
    }

    /**
     * Values of which so many percent are not above (nearest rank). Null where there is no value.
     *
     * @param p50 the middle one
     * @param p95 the highest but for one in twenty
     * @param p99 the highest but for one in a hundred
     */
    public record Percentiles(
            @Nullable Long p50,
            @Nullable Long p95,
            @Nullable Long p99) {
        static Percentiles read(Fields fields) {
            return new Percentiles(
                    fields.optionalInteger("p50"), fields.optionalInteger("p95"), fields.optionalInteger("p99"));
        }
    }

    static TelemetrySummary read(Fields fields) {
        return new TelemetrySummary(
                fields.time("since"),
                fields.time("until"),
                fields.list("groups", Group::read),
                fields.flag("truncated"),
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
