package com.aistrale.cli;

import com.aistrale.TelemetrySummary;
import com.aistrale.TelemetrySummary.Group;
import com.aistrale.TelemetrySummary.Percentiles;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Groups of inferences as a table with their sums below. */
record SummaryTable(Io io) {
    private static final List<String> NUMBERS =
            List.of("COUNT", "ERRORS", "P50 MS", "P95 MS", "P99 MS", "FIRST P50", "IN", "OUT", "COST");

    void print(TelemetrySummary summary, List<String> groupBy, boolean inSteps) {
        var head = new ArrayList<String>();
        if (inSteps) {
            head.add("TIME");
        }
        groupBy.forEach(key -> head.add(key.toUpperCase(Locale.ROOT)));
        var texts = head.size();
        head.addAll(NUMBERS);
        var table = new Table(head, IntStream.range(texts, head.size()).boxed().toArray(Integer[]::new));
        summary.groups().forEach(group -> table.row(cells(group, groupBy, inSteps)));
        table.print(io);
        io.out().println(total(summary));
        io.out().flush();
        if (summary.truncated()) {
            io.note("There are more groups than the server gives: narrow the time, or group by less.");
        }
    }

    private static String[] cells(Group group, List<String> groupBy, boolean inSteps) {
        var cells = new ArrayList<String>();
        if (inSteps) {
            cells.add(group.bucketStart() == null ? "-" : Times.local(group.bucketStart()));
        }
        for (var key : groupBy) {
            var value = group.group().get(key);
            cells.add(value == null ? "-" : value.toString());
        }
        cells.add(Long.toString(group.count()));
        cells.add(Long.toString(group.errors()));
        cells.add(number(group.latencyMs(), Percentiles::p50));
        cells.add(number(group.latencyMs(), Percentiles::p95));
        cells.add(number(group.latencyMs(), Percentiles::p99));
        cells.add(number(group.timeToFirstTokenMs(), Percentiles::p50));
        cells.add(number(group.inputTokens()));
        cells.add(number(group.outputTokens()));
        cells.add(TelemetryTable.cost(group.costUsd())
                + (group.costUnknown() > 0 && group.costUsd() != null ? "+?" : ""));
        return cells.toArray(String[]::new);
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

    private static String number(@Nullable Percentiles all, Function<Percentiles, @Nullable Long> which) {
        return all == null ? "-" : number(which.apply(all));
    }

    private static String number(@Nullable Long value) {
        return value == null ? "-" : value.toString();
    }
}
