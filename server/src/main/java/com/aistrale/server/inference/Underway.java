package com.aistrale.server.inference;

import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.routing.Permit;
import com.aistrale.server.telemetry.InferenceRecord.Attempt;
import com.aistrale.server.tokens.Endpoint;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** An attempt that runs. Its first piece and its being late come on two threads, and one of them is first. */
final class Underway implements IntConsumer {
    private static final String LATE = "another model is asked";

    private final Permit permit;
    private final Target target;
    private final Endpoint endpoint;
    private final long start = System.nanoTime();
    private final long patienceNanos;
    private @Nullable Cancellation cancellation;
    private int status;
    private boolean begun;
    private boolean late;

    /** @param patienceNanos how long to wait for the first piece; {@link Long#MAX_VALUE} for as long as the call may take */
    Underway(Permit permit, Target target, Endpoint endpoint, long patienceNanos) {
        this.permit = permit;
        this.target = target;
        this.endpoint = endpoint;
        this.patienceNanos = patienceNanos;
    }

    boolean canBeLate() {
        return patienceNanos != Long.MAX_VALUE;
    }

    /** What ends this attempt when it is late, and with the whole inference. */
    Cancellation cancelledWith(Cancellation whole) {
        var own = new Cancellation();
        synchronized (this) {
            cancellation = own;
        }
        whole.onCancel(() -> own.cancel(String.valueOf(whole.reason())));
        return own;
    }

    /** The provider answered with this status. */
    @Override
    public void accept(int httpStatus) {
        status = httpStatus;
    }

    /** A piece of the answer is about to leave. @throws ProviderFailure when it comes too late */
    void begins() {
        synchronized (this) {
            if (late) {
                throw late();
            }
            begun = true;
        }
        permit.answering();
    }

    synchronized boolean hasBegun() {
        return begun;
    }

    synchronized boolean isLate() {
        return late;
    }

    void tick(long nanoTime) {
        Cancellation due;
        synchronized (this) {
            if (begun || late || nanoTime - start <= patienceNanos) {
                return;
            }
            late = true;
            due = cancellation;
        }
        if (due != null) {
            Thread.ofVirtual().name("late").start(() -> due.cancel(LATE)); // whoever ticks does not wait
        }
    }

    ProviderFailure late() {
        return new ProviderFailure(
                Kind.TIMEOUT,
                target.provider(),
                endpoint.spec().title() + " had not begun to answer after " + patienceNanos / 1_000_000
                        + " ms, half of what was left.",
                null,
                null,
                null);
    }

    /** @param said by the failure; null for what the provider answered */
    Attempt ended(String outcome, @Nullable Integer said) {
        long latencyMs = (System.nanoTime() - start) / 1_000_000;
        var answered = said != null ? said : status == 0 ? null : Integer.valueOf(status);
        return new Attempt(target.provider(), target.model(), outcome, latencyMs, endpoint.tokenId(), answered);
    }
}
