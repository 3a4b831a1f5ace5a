package com.aistrale.server.inference;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.sql.Unit;
import com.aistrale.server.telemetry.Condition;
import org.jspecify.annotations.Nullable;

/** A request that its sender can tell when it comes again, by an Idempotency-Key. For one inference. */
public interface Keyed {
    /** That nobody runs it, or has its answer: held before the inference begins. */
    Condition claim(String inferenceId);

    /** Whether the inference goes on when the connection of whoever asked is lost. */
    boolean goesOn();

    /** What is written with the record of the answer, so that it can be given again; asked when the answer is whole. */
    @Nullable
    Unit completed(Answer answer);

    /**
     * What is written with the record of the failure: from then on the request can be run again, or fails again.
     *
     * @param told whether the client has a part of the answer
     */
    @Nullable
    Unit failed(Problem problem, boolean told);
}
