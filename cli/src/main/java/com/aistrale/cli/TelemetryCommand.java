package com.aistrale.cli;

import com.aistrale.InferenceRecord;
import com.aistrale.TelemetryQuery;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code aistrale telemetry}: what the server recorded. */
@Command(
        name = "telemetry",
        header = "See what was asked, by whom it was answered, and what it cost.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale telemetry view --last 24h",
            "  aistrale telemetry view --last 7d --status failed",
            "  aistrale telemetry view --since 2026-11-01 --provider openai --json"
        })
final class TelemetryCommand implements Callable<Integer> {
    private static final int LARGEST_PAGE = 200;
    private final Session session;

    TelemetryCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException("Which: view?", "Try: aistrale telemetry view --last 24h", Exit.USAGE);
    }

    @Command(
            name = "view",
            header = "List the newest inferences, with tokens, cost and latency.",
            description = {
                "Costs are in US dollars. Where something is not known there is a \"-\": an unknown cost is never 0."
            })
    int view(
            @Option(
                            names = "--last",
                            paramLabel = "SPAN",
                            description = "Such as 90s, 15m, 24h, 7d. 24h unless told otherwise.")
                    @Nullable
                    String last,
            @Option(names = "--since", paramLabel = "TIME", description = "Such as 2026-11-01 or 2026-11-01T12:00:00Z.")
                    @Nullable
                    String since,
            @Option(names = "--until", paramLabel = "TIME", description = "The first moment that is too late.")
                    @Nullable
                    String until,
            @Option(
                            names = {"-p", "--provider"},
                            paramLabel = "NAME",
                            description = "Of this provider only.")
                    @Nullable
                    String provider,
            @Option(
                            names = {"-m", "--model"},
                            paramLabel = "MODEL",
                            description = "Of this model only.")
                    @Nullable
                    String model,
            @Option(
                            names = "--status",
                            paramLabel = "STATUS",
                            description = "running, completed, failed, cancelled or interrupted.")
                    @Nullable
                    String status,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "50",
                            description = "How many, at most. 50 unless told otherwise.")
                    int limit,
            @Option(names = "--json", description = "Print the server's records as JSON.") boolean json) {
        if (limit < 1) {
            throw new CliException("--limit is below 1: " + limit, "Give the number of rows.", Exit.USAGE);
        }
        var query = TelemetryQuery.builder().pageSize(limit < LARGEST_PAGE ? limit + 1 : LARGEST_PAGE);
        if (since != null) {
            query.since(Times.parse("--since", since));
        }
        if (until != null) {
            query.until(Times.parse("--until", until));
        }
        if (last != null || (since == null && until == null)) {
            query.last(last == null ? "24h" : last);
        }
        if (provider != null) {
            query.provider(provider);
        }
        if (model != null) {
            query.model(model);
        }
        if (status != null) {
            query.status(status);
        }
        show(query.build(), limit, json);
        return Exit.OK;
    }

    private void show(TelemetryQuery query, int limit, boolean json) {
        var records = new ArrayList<InferenceRecord>();
        var found = session.connected().telemetry().list(query).iterator();
        while (records.size() < limit && found.hasNext()) {
            records.add(found.next());
        }
        if (json) {
            var data = records.stream().map(InferenceRecord::toJson).collect(Collectors.joining(","));
            session.io().out().println("{\"data\":[" + data + "]}");
        } else if (records.isEmpty()) {
            session.io().note("No inference in that time. Make one: aistrale run \"Hello, world!\"");
        } else {
            new TelemetryTable(session.io()).print(records);
        }
        if (records.size() == limit && found.hasNext()) {
            session.io().note("There are more: these are the newest " + limit + " (--limit).");
        }
    }
}
