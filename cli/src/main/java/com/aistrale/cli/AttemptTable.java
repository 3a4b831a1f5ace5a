package com.aistrale.cli;

import com.aistrale.Attempt;
import com.aistrale.Inference;
import java.util.List;
import java.util.Optional;

/** Whom the server asked for an answer, and what became of it. */
record AttemptTable(Io io) {

    /** The answer in figures, and each attempt below. */
    void note(Inference answer) {
        var usage = answer.usage();
        io.note(Io.line("%s: %s/%s, %s input tokens, %s output tokens, %s, %s"
                .formatted(
                        answer.id(),
                        answer.provider(),
                        answer.model(),
                        TelemetryTable.tokens(usage == null ? null : usage.inputTokens()),
                        TelemetryTable.tokens(usage == null ? null : usage.outputTokens()),
                        answer.costUsd() == null ? "cost unknown" : TelemetryTable.cost(answer.costUsd()),
                        TelemetryTable.latency(answer.latencyMs()))));
        var table = new Table(List.of("ATTEMPT", "MODEL", "OUTCOME", "STATUS", "LATENCY", "TOKEN"), 0, 3, 4);
        var number = 0;
        for (var attempt : answer.attempts()) {
            table.row(
                    Integer.toString(++number),
                    model(attempt),
                    attempt.outcome(),
                    TelemetryTable.tokens(attempt.upstreamStatus()),
                    TelemetryTable.latency(attempt.latencyMs()),
                    attempt.tokenId() == null ? "-" : attempt.tokenId());
        }
        table.note(io);
    }

    /** One sentence where another model answered than the one that was asked first. */
    static Optional<String> instead(Inference answer) {
        if (answer.attempts().isEmpty()) {
            return Optional.empty();
        }
        var first = answer.attempts().getFirst();
        var last = answer.attempts().getLast();
        return model(first).equals(model(last))
                ? Optional.empty()
                : Optional.of(Io.line(model(first) + " did not answer (" + first.outcome() + "): this is " + model(last)
                        + "'s answer. More: --verbose"));
    }

    private static String model(Attempt attempt) {
        return attempt.model() == null ? attempt.provider() : attempt.provider() + "/" + attempt.model();
    }
}
