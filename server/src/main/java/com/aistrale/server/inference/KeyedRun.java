package com.aistrale.server.inference;

import com.aistrale.server.idempotency.Claim;
import com.aistrale.server.idempotency.Ended;
import com.aistrale.server.idempotency.KeptAnswer;
import com.aistrale.server.idempotency.Transcript;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Unit;
import com.aistrale.server.telemetry.Condition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A run of a request with an Idempotency-Key: it writes what it says down, so that it can be said again. One thread. */
final class KeyedRun implements Keyed {
    private static final Logger LOG = LoggerFactory.getLogger(KeyedRun.class);

    private final Claim claim;
    private final Surface surface;
    private final String requestId;
    private final boolean goesOn;

    /** Null for a plain answer. */
    private final @Nullable Transcript transcript;

    /** Set when the claim is held. */
    private @Nullable Running running;

    private Surface.@Nullable Events events;
    private String last = "";
    private @Nullable KeptAnswer kept;
    private @Nullable Problem keptFailure;

    KeyedRun(Claim claim, Surface surface, String requestId, boolean goesOn, @Nullable Transcript transcript) {
        this.claim = claim;
        this.surface = surface;
        this.requestId = requestId;
        this.goesOn = goesOn;
        this.transcript = transcript;
    }

    @Override
    public Condition claim(String inferenceId) {
        return claim.of(inferenceId);
    }

    @Override
    public boolean goesOn() {
        return goesOn;
    }

    /** It has begun. */
    void begun(Running begun) {
        running = begun;
        claim.ongoing().onCancel(begun::cancelAsMeant);
        events = surface.events(begun, claim.firstEvent());
    }

    /** It has not. */
    void refused(Throwable why) {
        var problem = why instanceof ProblemException known ? known.problem() : internal();
        claim.over(new Ended.Failed(problem, false));
    }

    /** What is to be sent of a chunk. */
    String chunk(Chunk chunk) {
        var text = events().chunk(chunk);
        transcript().append(text);
        return text;
    }

    private Surface.Events events() {
        if (events == null) {
            throw new IllegalStateException("it has not begun");
        }
        return events;
    }

    private Running running() {
        if (running == null) {
            throw new IllegalStateException("it has not begun");
        }
        return running;
    }

    private Transcript transcript() {
        if (transcript == null) {
            throw new IllegalStateException("not a stream");
        }
        return transcript;
    }

    @Override
    public Unit completed(Answer answer) {
        KeptAnswer whole;
        if (transcript == null) {
            whole = kept(answer, surface.body(answer));
        } else {
            last = events().completed(answer);
            whole = streamed(answer.record().provider());
        }
        kept = whole;
        return claim.answered(whole);
    }

    private KeptAnswer kept(Answer answer, byte[] body) {
        return new KeptAnswer(answer.record().id(), claim.run(), InferenceHeaders.kept(answer), body);
    }

    private KeptAnswer streamed(String provider) {
        var all = Transcript.bytes(transcript().text() + last);
        return new KeptAnswer(running().id(), claim.run(), InferenceHeaders.kept(provider), all);
    }

    /**
     * A failure is kept where a part of the answer left, as nobody can take that back; unless nothing was wrong with the
     * inference but that its client left, or the server did.
     */
    @Override
    public Unit failed(Problem problem, boolean told) {
        if (transcript == null || transcript.size() == 0) {
            return claim.released(false);
        }
        boolean left = problem.code() == ProblemCode.CANCELLED && !running().isMeantToEnd();
        if (left || problem.code() == ProblemCode.INTERRUPTED) {
            return claim.released(true);
        }
        last = events().failed(problem, requestId);
        var broken = streamed(running().provider());
        kept = broken;
        keptFailure = problem;
        return claim.answered(broken);
    }

    /** The last events, which now may leave; of a stream that ended well. */
    String last() {
        return last;
    }

    /** As it is kept. */
    KeptAnswer kept() {
        if (kept == null) {
            throw new IllegalStateException("it was not answered");
        }
        return kept;
    }

    /** The last event of a stream that ended so; where it is the only one nothing is left of the run, nor has it a number. */
    String last(Problem problem) {
        if (problem.equals(keptFailure)) {
            return last;
        }
        return transcript().size() == 0 ? surface.failure(problem, requestId) : events().failed(problem, requestId);
    }

    /** It was answered, and that is durable. */
    void answered() {
        claim.over(new Ended.Answered(kept()));
    }

    /** It was not. */
    void failed(Throwable why) {
        var problem = why instanceof ProblemException known ? known.problem() : internal();
        claim.over(
                problem.equals(keptFailure)
                        ? new Ended.Answered(kept())
                        : new Ended.Failed(
                                problem,
                                problem.code() == ProblemCode.CANCELLED
                                        && running().isMeantToEnd()));
    }

    /** Runs to the end on this thread, whoever reads; what comes of it is known by the claim and the transcript. */
    void run() {
        try {
            if (transcript == null) {
                running().complete();
            } else {
                running().stream(this::chunk);
                transcript.append(last);
            }
            answered();
        } catch (ProblemException problem) {
            if (transcript != null && transcript.size() > 0) {
                transcript.append(last(problem.problem()));
            }
            failed(problem);
        } catch (RuntimeException | Error unexpected) {
            LOG.error("{} failed", running().id(), unexpected);
            if (transcript != null && transcript.size() > 0) {
                transcript.append(keptFailure == null ? last(internal()) : last);
            }
            failed(unexpected);
            if (unexpected instanceof Error broken) {
                throw broken;
            }
        } finally {
            if (transcript != null) {
                transcript.end();
            }
        }
    }

    private static Problem internal() {
        return Problem.of(ProblemCode.INTERNAL, "Something went wrong inside the server; its log has more.");
    }
}
