package com.aistrale.cli;

import com.aistrale.Span;
import com.aistrale.TelemetryQuery;
import com.aistrale.Trace;
import com.aistrale.TraceDetail;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale traces}: the steps of programs around their inferences. */
@Command(
        name = "traces",
        header = "See the steps of programs around their inferences.",
        footerHeading = "%nExamples:%n",
        footer = {"  aistrale traces list", "  aistrale traces view 4bf92f3577b34da6a3ce929d0e0e4736"})
final class TracesCommand implements Callable<Integer> {
    private final Session session;

    TracesCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException("Which: list or view?", "Try: aistrale traces list", Exit.USAGE);
    }

    @Command(name = "list", header = "List the newest traces.")
    int list(
            @Option(names = "--last", paramLabel = "SPAN", description = "Such as 90s, 15m, 24h, 7d.") @Nullable
                    String last,
            @Option(names = "--session", paramLabel = "ID", description = "Of this conversation only.") @Nullable
                    String sessionId,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "50",
                            description = "How many, at most. 50 unless told otherwise.")
                    int limit,
            @Option(names = "--json", description = "Print the server's list as JSON.") boolean json) {
        var query = TelemetryQuery.builder();
        if (last != null) {
            query.last(last);
        }
        if (sessionId != null) {
            query.sessionId(sessionId);
        }
        var found = Listing.of(session.connected().telemetry().traces(query.build()), limit);
        if (json) {
            found.printJson(session.io(), Trace::toJson);
            return Exit.OK;
        }
        if (found.rows().isEmpty()) {
            session.io()
                    .note("No trace. The integrations for frameworks record them, and POST /api/v1/telemetry/spans.");
        } else {
            var table = new Table(
                    List.of("TIME", "TRACE", "NAME", "SPANS", "ERRORS", "IN", "OUT", "COST", "DURATION"),
                    3,
                    4,
                    5,
                    6,
                    7,
                    8);
            found.rows()
                    .forEach(trace -> table.row(
                            Times.local(trace.startedAt()),
                            trace.traceId(),
                            trace.name() == null ? "-" : trace.name(),
                            Long.toString(trace.spanCount()),
                            Long.toString(trace.errorCount()),
                            TelemetryTable.tokens(trace.inputTokens()),
                            TelemetryTable.tokens(trace.outputTokens()),
                            TelemetryTable.cost(trace.costUsd()),
                            TelemetryTable.latency(trace.durationMs())));
            table.print(session.io());
        }
        found.noteMore(session.io());
        return Exit.OK;
    }

    @Command(name = "view", header = "Show the steps of one trace, each below the one that it is part of.")
    int view(
            @Parameters(paramLabel = "ID", description = "Its id: see aistrale traces list.") String id,
            @Option(names = "--json", description = "Print the server's answer as JSON.") boolean json) {
        var detail = session.connected().telemetry().trace(id);
        if (json) {
            session.io().out().println(detail.toJson());
        } else {
            print(detail);
        }
        return Exit.OK;
    }

    private void print(TraceDetail detail) {
        var trace = detail.trace();
        session.io()
                .out()
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
        table.print(session.io());
        if (detail.nextCursor() != null) {
            session.io()
                    .note("These are the first " + detail.spans().size() + " of " + trace.spanCount()
                            + " steps. aistrale export writes all.");
        }
        if (!detail.inferences().isEmpty()) {
            session.io().out().println();
            new TelemetryTable(session.io()).print(detail.inferences());
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
