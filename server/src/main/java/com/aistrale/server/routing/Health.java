package com.aistrale.server.routing;

import com.aistrale.server.kit.problem.ProblemCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a provider has been answering a workspace, as seen by this node.
 *
 * @param calls of the last minute that tell of the provider
 * @param failures of these calls
 * @param openCircuits its models that are not asked for the time being
 * @param closedCircuits how many of its models were asked within the last minute and are asked still
 */
public record Health(
        int calls,
        int failures,
        @Nullable LastFailure lastFailure,
        List<OpenCircuit> openCircuits,
        int closedCircuits) {
    /** Nothing is known. */
    public static final Health UNKNOWN = new Health(0, 0, null, List.of(), 0);

    public static final int WINDOW_MS = Window.SECONDS * 1000;

    /** In a word. */
    public enum Status {
        OK,
        DEGRADED,
        DOWN,
        UNKNOWN
    }

    public record LastFailure(
            Instant at,
            ProblemCode code,
            String message,
            @Nullable Integer upstreamStatus) {}

    /** @param halfOpen whether a call is trying it right now */
    public record OpenCircuit(String model, boolean halfOpen, Instant openedAt, Instant retryAt, String reason) {}

    public Health {
        openCircuits = List.copyOf(openCircuits);
    }

    /** Of both together. */
    Health and(Health other) {
        var circuits = new ArrayList<>(openCircuits);
        circuits.addAll(other.openCircuits);
        circuits.sort(Comparator.comparing(OpenCircuit::model));
        return new Health(
                calls + other.calls,
                failures + other.failures,
                later(lastFailure, other.lastFailure),
                circuits,
                closedCircuits + other.closedCircuits);
    }

    private static @Nullable LastFailure later(@Nullable LastFailure one, @Nullable LastFailure other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.at().isBefore(other.at()) ? other : one;
    }

    public Status status() {
        if (!openCircuits.isEmpty()) {
            return closedCircuits == 0 ? Status.DOWN : Status.DEGRADED;
        }
        return calls == 0 ? Status.UNKNOWN : failures == 0 ? Status.OK : Status.DEGRADED;
    }

    /** The fraction of calls that failed; null without any. */
    public @Nullable Double failureRate() {
        return calls == 0 ? null : Math.round(10_000.0 * failures / calls) / 10_000.0;
    }
}
