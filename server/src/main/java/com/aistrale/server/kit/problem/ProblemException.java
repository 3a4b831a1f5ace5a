package com.aistrale.server.kit.problem;

import org.jspecify.annotations.Nullable;

/** Carries a {@link Problem} up to the one place that renders it. */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ProblemException(Problem problem, @Nullable Throwable cause) {
        super(problem.code().wireName() + ": " + problem.detail(), cause, false, cause != null);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
