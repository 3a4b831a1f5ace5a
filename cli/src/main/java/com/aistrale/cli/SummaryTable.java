package com.aistrale.cli;

import com.aistrale.TelemetrySummary;
import com.aistrale.TelemetrySummary.Group;
import com.aistrale.TelemetrySummary.Percentiles;
import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Groups of inferences as a table with their sums below. */
record SummaryTable(Io io, Output output, String none) {

    void show(TelemetrySummary summary, List<String> groupBy, boolean inSteps) {
        if (output.format(io) == Format.JSON) {
            output.one(io, Records.of(TelemetrySummary::toJson), summary);
            return;
        }
        output.list(io, records(summary, groupBy, inSteps), summary.groups(), none);
        if (summary.truncated()) {
            io.note("There are more groups than the server gives: narrow the time, or group by less.");
        }
    }

    private static Records<Group> records(TelemetrySummary summary, List<String> groupBy, boolean inSteps) {
        var records = Records.<Group>of(group -> Json.write(group.json()));
        if (inSteps) {
            records.text("TIME", "bucket_start", Group::bucketStart);
        }
        groupBy.forEach(key -> records.text(
                key.toUpperCase(Locale.ROOT), key, group -> group.group().get(key)));
        return records.number("COUNT", "count", Group::count)
                .number("ERRORS", "errors", Group::errors)
                .number("P50 MS", "latency_p50_ms", group -> number(group.latencyMs(), Percentiles::p50))
                .number("P95 MS", "latency_p95_ms", group -> number(group.latencyMs(), Percentiles::p95))
                .number("P99 MS", "latency_p99_ms", group -> number(group.latencyMs(), Percentiles::p99))
                .number(
                        "FIRST P50",
                        "time_to_first_token_p50_ms",
                        group -> number(group.timeToFirstTokenMs(), Percentiles::p50))
                .number("IN", "input_tokens", Group::inputTokens)
                .number("OUT", "output_tokens", Group::outputTokens)
                .number("COST", SummaryTable::cost, "cost_usd", Group::costUsd)
                .named("cost_unknown", Group::costUnknown)
                .total(groups -> total(summary));
    }

    private static String cost(Group group) {
        return TelemetryTable.cost(group.costUsd()) + (group.costUnknown() > 0 && group.costUsd() != null ? "+?" : "");
    }

    private static String total(TelemetrySummary summary) {
        var groups = summary.groups();
        var known = groups.stream()
                .map(Group::costUsd)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
        var unknown = groups.stream().mapToLong(Group::costUnknown).sum();
        var cost = known.isEmpty()
                ? "cost unknown"
                : TelemetryTable.cost(known.stream().reduce(BigDecimal.ZERO, BigDecimal::add))
                        + (unknown == 0 ? "" : " (cost of " + unknown + " unknown)");
        return String.format(
                Locale.ROOT,
                "Total: %,d inferences, %,d errors, %s",
                groups.stream().mapToLong(Group::count).sum(),
                groups.stream().mapToLong(Group::errors).sum(),
                cost);
    }

    private static @Nullable Long number(@Nullable Percentiles all, Function<Percentiles, @Nullable Long> which) {
        return all == null ? null : which.apply(all);
    }
}
