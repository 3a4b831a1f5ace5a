package com.aistrale.server.inference;

import com.aistrale.server.idempotency.Cancellations;
import com.aistrale.server.idempotency.Claims;
import com.aistrale.server.idempotency.RequestKey;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends inferences that somebody asks to end: here at once; on another node by a row that it looks for while it runs
 * something. Thread-safe.
 */
public final class Cancelling implements Ticker.Ticked {
    private static final Logger LOG = LoggerFactory.getLogger(Cancelling.class);

    /** How often it looks what others want; the {@link Ticker} makes it a little more. */
    private static final Duration LOOK = Duration.ofMillis(200);

    /** How long whoever asks waits for the record of the end. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** For how many milliseconds the record of what is about to run is waited for; its end is certain before. */
    private static final int BEGINS = 1000;

    private final Inferences inferences;
    private final Cancellations asked;
    private final Claims claims;
    private final AtomicBoolean looks = new AtomicBoolean();
    private long lastLook = System.nanoTime();
    private volatile boolean failing;

    public Cancelling(Inferences inferences, Cancellations asked, Claims claims) {
        this.inferences = inferences;
        this.asked = asked;
        this.claims = claims;
    }

    /** From now on it hears of what other nodes want. */
    public Cancelling start(Ticker ticker) {
        if (asked.areShared()) {
            ticker.add(this);
        }
        return this;
    }

    /**
     * Ends the inference that runs a request, whichever body that has; one that comes a little later is not run.
     *
     * @return as {@link #cancel(String, String)}; of a request that had its answer that one's
     * @throws ProblemException {@code not_found} when none runs it or did
     */
    InferenceRecord cancel(RequestKey request) {
        var id = claims.cancel(request, inferences.newId());
        if (id == null) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "No inference of this workspace has this Idempotency-Key. A request with it that comes within "
                                    + Claims.REFUSED.toSeconds() + " s is not run.")
                    .exception();
        }
        if (!asked.areShared()) {
            awaitBegin(id);
        }
        return cancel(request.workspaceId(), id);
    }

    /** What has claimed its key is known here a moment later; elsewhere, {@link #look} finds it when it is. */
    private void awaitBegin(String id) {
        try {
            for (int i = 0; i < BEGINS && inferences.running(id) == null && claims.runs(id); i++) {
                Thread.sleep(1);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Ends an inference of this workspace; one that has ended stays as it is.
     *
     * @return its record, which says {@code running} where another node has yet to hear of it
     * @throws ProblemException {@code not_found}
     */
    InferenceRecord cancel(String workspaceId, String id) {
        var here = inferences.running(id);
        if (here != null && here.workspaceId().equals(workspaceId)) {
            here.cancelAsMeant();
            await(here);
        }
        var record = inferences.telemetry.get(workspaceId, id);
        if (here == null && record.status() == Status.RUNNING && asked.areShared()) {
            asked.ask(workspaceId, id);
        }
        return record;
    }

    private static void await(Running running) {
        try {
            running.awaitEnd(PATIENCE);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void tick(long nanoTime) {
        if (nanoTime - lastLook < LOOK.toNanos() || inferences.areIdle() || !looks.compareAndSet(false, true)) {
            return;
        }
        lastLook = nanoTime;
        Thread.ofVirtual().name("cancellations").start(() -> {
            try {
                look();
                failing = false;
            } catch (ProblemException unavailable) {
                if (!failing) {
                    LOG.warn("cannot see what is to be cancelled, and go on looking: {}", unavailable.getMessage());
                }
                failing = true;
            } finally {
                looks.set(false);
            }
        });
    }

    /** What is asked for and not run here may just be beginning, so it stays, unless its record says that it has ended. */
    private void look() {
        var all = asked.asked();
        var ended = all.stream()
                .filter(id -> {
                    var running = inferences.running(id);
                    if (running != null) {
                        running.cancelAsMeant();
                    }
                    return running != null;
                })
                .toList();
        if (!ended.isEmpty()) {
            asked.heard(ended);
        }
        if (ended.size() < all.size()) {
            asked.forgetEnded();
        }
    }
}
