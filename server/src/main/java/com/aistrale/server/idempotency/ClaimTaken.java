package com.aistrale.server.idempotency;

/** Somebody else runs the request, or has its answer: {@link Claims#look} tells. Thrown in everyday work, so without a trace. */
public final class ClaimTaken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ClaimTaken() {
        super("the request was sent before", null, false, false);
    }
}
