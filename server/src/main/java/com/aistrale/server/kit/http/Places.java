package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The places for requests that last long and cost reads of the database while they do. One workspace cannot take those of
 * all. Thread-safe.
 */
public final class Places {
    private final String who;
    private final String advice;
    private final int most;
    private final int mostOfOne;
    private final Duration retry;

    private final Map<String, Integer> taken = new HashMap<>();
    private int all;

    /**
     * @param who has them, as it is said: {@code listeners}
     * @param advice what to do when there is none, as a sentence
     * @param most so many there are
     * @param mostOfOne so many of them a workspace has
     */
    public Places(String who, String advice, int most, int mostOfOne, Duration retry) {
        this.who = who;
        this.advice = advice;
        this.most = most;
        this.mostOfOne = mostOfOne;
        this.retry = retry;
    }

    /** @throws ProblemException {@code overloaded} when there is none */
    public synchronized void take(String workspaceId) {
        int own = taken.getOrDefault(workspaceId, 0);
        if (own >= mostOfOne) {
            throw full("This workspace has " + mostOfOne + " " + who + ", the most it may.");
        }
        if (all >= most) {
            throw full("This server has " + most + " " + who + ", the most it takes.");
        }
        taken.put(workspaceId, own + 1);
        all++;
    }

    public synchronized void leave(String workspaceId) {
        taken.computeIfPresent(workspaceId, (id, own) -> own == 1 ? null : own - 1);
        all--;
    }

    private ProblemException full(String why) {
        return Problem.of(ProblemCode.OVERLOADED, why + " " + advice)
                .withRetryAfter(retry)
                .exception();
    }
}
