package com.aistrale.cli;

import com.aistrale.InferenceRecord;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
        footer = {
            "  aistrale telemetry view --status running",
            "  aistrale cancel inf_01k9…",
            "  aistrale cancel --idempotency-key order-4711"
        })
final class CancelCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            description = "Its id, inf_…: see aistrale telemetry view --status running.")
    private @Nullable String id;

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description =
                    "Instead of the id: the key that its request has. What comes with it within 30 s is not run either.")
    private @Nullable String key;

    @Option(names = "--json", description = "Print the inference's record as JSON.")
    private boolean json;

    CancelCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var cancelled = cancelled();
        var out = session.io().out();
        if (json) {
            out.println(cancelled.toJson());
            return Exit.OK;
        }
        out.println(Io.line(
                switch (cancelled.status()) {
                    case "cancelled" -> "Cancelled " + cancelled.id();
                    case "running" -> cancelled.id() + " runs on another node, which ends it within a second.";
                    default -> cancelled.id() + " had ended: it is " + cancelled.status() + ".";
                }));
        return Exit.OK;
    }

    private InferenceRecord cancelled() {
        if (id != null && key == null) {
            return session.connected().inferences().cancel(id);
        }
        if (key != null && id == null) {
            return session.connected().inferences().cancelByKey(key);
        }
        throw new CliException(
                id == null ? "Which inference?" : "There are an id and an idempotency key.",
                "Give one of them: aistrale cancel ID, or aistrale cancel --idempotency-key KEY",
                Exit.USAGE);
    }
}
