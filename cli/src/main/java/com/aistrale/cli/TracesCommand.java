package com.aistrale.cli;

import com.aistrale.TelemetryQuery;
import com.aistrale.Trace;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale traces}: the steps of programs around their inferences. */
@Command(
        name = "traces",
        addMethodSubcommands = false,
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
            @Mixin Output output) {
        var query = TelemetryQuery.builder();
        if (last != null) {
            query.last(last);
        }
        if (sessionId != null) {
            query.sessionId(sessionId);
        }
        var found = Listing.of(session.connected().telemetry().traces(query.build()), limit);
        output.list(
                session.io(),
                records(),
                found,
                "No trace. The integrations for frameworks record them, and POST /api/v1/telemetry/spans.");
        return Exit.OK;
    }

    private static Records<Trace> records() {
        return Records.of(Trace::toJson)
                .text("TIME", "started_at", Trace::startedAt)
                .text("TRACE", "trace_id", Trace::traceId)
                .text("NAME", "name", Trace::name)
                .number("SPANS", "span_count", Trace::spanCount)
                .number("ERRORS", "error_count", Trace::errorCount)
                .number("IN", "input_tokens", Trace::inputTokens)
                .number("OUT", "output_tokens", Trace::outputTokens)
                .number("COST", trace -> TelemetryTable.cost(trace.costUsd()), "cost_usd", Trace::costUsd)
                .number(
                        "DURATION",
                        trace -> TelemetryTable.latency(trace.durationMs()),
                        "duration_ms",
                        Trace::durationMs)
                .named("session_id", Trace::sessionId);
    }

    @Command(name = "view", header = "Show the steps of one trace, each below the one that it is part of.")
    int view(
            @Parameters(paramLabel = "ID", description = "Its id: see aistrale traces list.") String id,
            @Mixin Output output) {
        return new TraceView(session.io(), output)
                .show(session.connected().telemetry().trace(id));
    }
}
