package com.aistrale.server.idempotency;

import com.aistrale.server.kit.problem.Problem;

/** How a run of this node ended. */
public sealed interface Ended {
    /** With what is kept: durable. */
    record Answered(KeptAnswer answer) implements Ended {}

    /**
     * With nothing that is kept: the request may be run again.
     *
     * @param meant whether its caller ended it, so that nobody who waits for it is to run it again
     */
    record Failed(Problem problem, boolean meant) implements Ended {}
}
