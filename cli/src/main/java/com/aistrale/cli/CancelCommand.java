package com.aistrale.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale cancel}: ends an inference that runs. */
@Command(
        name = "cancel",
        header = "End an inference that runs.",
        description = {
            "Whoever waits for its answer is told that it was cancelled. One that has ended stays as it is.",
            "For one that this terminal runs, Ctrl-C does the same."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  aistrale telemetry view --status running", "  aistrale cancel inf_01k9…"})
final class CancelCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "ID", description = "Its id, inf_…: see aistrale telemetry view --status running.")
    private String id = "";

    @Option(names = "--json", description = "Print the inference's record as JSON.")
    private boolean json;

    CancelCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var record = session.connected().inferences().cancel(id);
        var out = session.io().out();
        if (json) {
            out.println(record.toJson());
            return Exit.OK;
        }
        out.println(Io.line(
                switch (record.status()) {
                    case "cancelled" -> "Cancelled " + record.id();
                    case "running" -> record.id() + " runs on another node, which ends it within a second.";
                    default -> record.id() + " had ended: it is " + record.status() + ".";
                }));
        return Exit.OK;
    }
}
