package com.aistrale.cli;

import com.aistrale.Span;
import com.aistrale.TraceDetail;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The steps of one trace. */
record TraceView(Io io, Output output) {

    /** @param depth of how many others it is part */
    private record Step(Span span, int depth) {}

    int show(TraceDetail detail) {
        var format = output.format(io);
        if (format == Format.TABLE || format == Format.JSON) {
            return output.one(io, Records.of(TraceDetail::toJson), detail, () -> print(detail));
        }
        var steps = new ArrayList<Step>();
        below(detail).forEach((span, depth) -> steps.add(new Step(span, depth)));
        output.list(io, records(), steps, "It has no steps.");
        noteMore(detail);
        return Exit.OK;
    }

    private static Records<Step> records() {
        return Records.<Step>of(step -> step.span().toJson())
                .named("span_id", step -> step.span().spanId())
                .named("parent_span_id", step -> step.span().parentSpanId())
                .named("depth", Step::depth)
                .named("name", step -> step.span().name())
                .named("kind", step -> step.span().kind())
                .named("status", step -> step.span().status())
                .named("started_at", step -> step.span().startedAt())
                .named("duration_ms", step -> step.span().durationMs())
                .named("inference_id", step -> step.span().inferenceId())
                .named("error_message", step -> step.span().errorMessage());
    }

    private void print(TraceDetail detail) {
        var trace = detail.trace();
        io.out()
                .println(Io.line(trace.traceId() + " " + Times.local(trace.startedAt()) + " "
                        + TelemetryTable.latency(trace.durationMs()) + " " + TelemetryTable.cost(trace.costUsd())));
        var table = new Table(List.of("STEP", "KIND", "STATUS", "BEGIN", "DURATION", "INFERENCE", "ERROR"), 3, 4);
        below(detail)
                .forEach((span, depth) -> table.row(
                        "· ".repeat(depth) + span.name(),
                        span.kind(),
                        span.status(),
                        "+"
                                + Duration.between(trace.startedAt(), span.startedAt())
                                        .toMillis() + " ms",
                        TelemetryTable.latency(span.durationMs()),
                        span.inferenceId() == null ? "-" : span.inferenceId(),
                        span.errorMessage() == null ? "-" : span.errorMessage()));
        table.print(io);
        noteMore(detail);
        if (!detail.inferences().isEmpty()) {
            io.out().println();
            new TelemetryTable(io).print(detail.inferences());
        }
    }

    private void noteMore(TraceDetail detail) {
        if (detail.nextCursor() != null) {
            io.note("These are the first " + detail.spans().size() + " of "
                    + detail.trace().spanCount() + " steps. aistrale export writes all.");
        }
    }

    /** The steps, each behind the one that it is part of, and how deep it is. One whose parent is not there stands at the top. */
    private static Map<Span, Integer> below(TraceDetail detail) {
        var ids = new HashSet<String>();
        detail.spans().forEach(span -> ids.add(span.spanId()));
        var ordered = new LinkedHashMap<Span, Integer>();
        for (var span : detail.spans()) {
            if (span.parentSpanId() == null || !ids.contains(span.parentSpanId())) {
                add(span, 0, detail.spans(), ordered, new HashSet<>());
            }
        }
        detail.spans().forEach(span -> ordered.putIfAbsent(span, 0)); // those that are each other's parents
        return ordered;
    }

    private static void add(Span span, int depth, List<Span> all, Map<Span, Integer> ordered, Set<String> above) {
        if (ordered.putIfAbsent(span, depth) == null && above.add(span.spanId())) {
            for (var other : all) {
                if (span.spanId().equals(other.parentSpanId())) {
                    add(other, depth + 1, all, ordered, above);
                }
            }
        }
    }
}
