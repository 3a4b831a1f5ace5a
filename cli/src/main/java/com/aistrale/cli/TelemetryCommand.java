package com.aistrale.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale telemetry}: what the server recorded. */
@Command(
        name = "telemetry",
        addMethodSubcommands = false,
        header = "See what was asked, by whom it was answered, and what it cost.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale telemetry view --last 24h",
            "  aistrale telemetry view --last 7d --status failed",
            "  aistrale telemetry view --since 2026-11-01 --provider openai --json",
            "  aistrale telemetry summary --group-by model --last 24h",
            "  aistrale telemetry tail",
            "  aistrale telemetry export --format csv -o inferences.csv",
            "  aistrale telemetry delete --user 4711"
        })
final class TelemetryCommand implements Callable<Integer> {
    private static final int LARGEST_PAGE = 200;
    private static final String NONE = "No inference in that time. Make one: aistrale run \"Hello, world!\"";
    private final Session session;

    TelemetryCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException(
                "Which: view, summary, tail, export or delete?", "Try: aistrale telemetry view --last 24h", Exit.USAGE);
    }

    @Command(
            name = "view",
            header = "List the newest inferences, with tokens, cost and latency.",
            description = {
                "Those of the last 24 hours, unless a time is named. Costs are in US dollars. Where something is not",
                "known there is a \"-\": an unknown cost is never 0."
            })
    int view(
            @Mixin TelemetryFilter filter,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "50",
                            description = "How many, at most. 50 unless told otherwise.")
                    int limit,
            @Mixin Output output) {
        var query = filter.query("24h");
        if (limit >= 1) {
            query.pageSize(limit < LARGEST_PAGE ? limit + 1 : LARGEST_PAGE);
        }
        output.list(
                session.io(),
                TelemetryTable.records(),
                Listing.of(session.connected().telemetry().list(query.build()), limit),
                NONE);
        return Exit.OK;
    }

    @Command(
            name = "summary",
            header = "Count inferences, with latency, tokens and cost, in groups.",
            description = {
                "Of the last 24 hours, unless a time is named. P50, P95 and P99 are milliseconds that so many percent",
                "of the inferences did not exceed."
            })
    int summary(
            @Mixin TelemetryFilter filter,
            @Option(
                            names = {"-g", "--group-by"},
                            split = ",",
                            paramLabel = "WHAT",
                            description =
                                    "One or two of model, provider, prompt, session_id, api_key_id, client, status, metadata.KEY.")
                    @Nullable
                    List<String> groupBy,
            @Option(
                            names = "--interval",
                            paramLabel = "SPAN",
                            completionCandidates = OneOf.Interval.class,
                            description = "In steps of 1m, 5m, 15m, 1h, 6h or 1d (UTC).")
                    @Nullable
                    String interval,
            @Mixin Output output) {
        var groups = groupBy == null ? List.<String>of() : groupBy;
        var summary =
                session.connected().telemetry().summary(filter.query("24h").build(), interval, groups);
        new SummaryTable(session.io(), output, NONE).show(summary, groups, interval != null);
        return Exit.OK;
    }

    @Command(
            name = "trace",
            header = "Show the steps of one trace: the same as aistrale traces view.",
            description = "Each step stands below the one that it is part of.")
    int trace(
            @Parameters(paramLabel = "ID", description = "Its id: see aistrale traces list.") String id,
            @Mixin Output output) {
        return new TraceView(session.io(), output)
                .show(session.connected().telemetry().trace(id));
    }

    @Command(
            name = "tail",
            header = "Print inferences as they end, until Ctrl-C.",
            description = "A lost connection is made again, and goes on where it was.")
    int tail(@Mixin TelemetryFilter filter, @Mixin Formats formats) {
        if (filter.namesATime()) {
            throw new CliException(
                    "tail prints what ends from now on, so it takes no time.",
                    "For what was: aistrale telemetry view --last 24h",
                    Exit.USAGE);
        }
        var io = session.io();
        try (var stream =
                session.patient().telemetry().stream(filter.query(null).build())) {
            var asked = formats.format(io);
            if (asked != Format.TABLE) {
                // a stream has no end that a JSON object of all could wait for
                formats.write(io, asked == Format.JSON ? Format.JSONL : asked, TelemetryTable.records(), stream);
                return Exit.OK;
            }
            for (var record : stream) {
                io.out().println(TelemetryTable.line(record));
                if (io.out().checkError()) {
                    return Exit.OK; // nobody reads on
                }
            }
        }
        return Exit.OK;
    }

    @Command(
            name = "export",
            header = "Write all inferences that match, as JSON lines or CSV.",
            description = {
                "All of them, unless a time is named. A file appears under its name only when it is whole.",
                "Everything that a workspace has: aistrale export DIR"
            })
    int export(
            @Mixin TelemetryFilter filter,
            @Option(
                            names = "--format",
                            paramLabel = "FORMAT",
                            completionCandidates = OneOf.ExportFormat.class,
                            description = "jsonl or csv. By the file's name unless told, else jsonl.")
                    @Nullable
                    String format,
            @Option(
                            names = {"-o", "--output"},
                            paramLabel = "FILE",
                            description = "Standard output unless told otherwise.")
                    @Nullable
                    Path file)
            throws IOException {
        var io = session.io();
        try (var export =
                session.connected().telemetry().export(filter.query(null).build(), exportFormat(format, file))) {
            if (file == null || Output.isStandardOutput(file)) {
                export.writeTo(io.bytesOut());
            } else {
                var bytes = WholeFile.write(file, export::writeTo);
                io.note("Wrote " + file + " (" + bytes + " bytes).");
            }
        }
        return Exit.OK;
    }

    @Command(
            name = "delete",
            header = "Delete for ever what was recorded of an end user.",
            description = {
                "Every inference with this metadata.user, with what was asked and answered, and its spans. Only an",
                "admin's key may."
            })
    int delete(
            @Option(names = "--user", required = true, paramLabel = "ID", description = "The value of metadata.user.")
                    String user,
            @Option(
                            names = {"-y", "--yes"},
                            description = "Do not ask.")
                    boolean yes) {
        new Confirmation(session.io())
                .of("This deletes every inference and span of user " + Io.line(user) + ", for ever.", yes);
        var deleted = session.connected().telemetry().deleteUser(user);
        session.io()
                .out()
                .println("Deleted " + count(deleted.inferences(), "inference") + " and "
                        + count(deleted.spans(), "span") + ".");
        return Exit.OK;
    }

    private static String exportFormat(@Nullable String format, @Nullable Path file) {
        if (format != null) {
            return format;
        }
        return file != null && Format.ofName(file.toString()) == Format.CSV ? "csv" : "jsonl";
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
