package com.aistrale.server.telemetry.live;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** The places for listeners: each costs reads of the database. One workspace cannot take those of all. Thread-safe. */
final class Places {
    static final int MOST = 256;
    static final int MOST_OF_ONE = 64;
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final Map<String, Integer> taken = new HashMap<>();
    private int all;

    /** @throws ProblemException {@code overloaded} when there is none */
    synchronized void take(String workspaceId) {
        int own = taken.getOrDefault(workspaceId, 0);
        if (own >= MOST_OF_ONE) {
            throw full("This workspace has " + MOST_OF_ONE + " listeners, the most it may.");
        }
        if (all >= MOST) {
            throw full("This server has " + MOST + " listeners, the most it takes.");
        }
        taken.put(workspaceId, own + 1);
        all++;
    }

    synchronized void leave(String workspaceId) {
        taken.computeIfPresent(workspaceId, (id, own) -> own == 1 ? null : own - 1);
        all--;
    }

    private static ProblemException full(String why) {
        return Problem.of(ProblemCode.OVERLOADED, why + " Close one, or try again later.")
                .withRetryAfter(RETRY)
                .exception();
    }
}
