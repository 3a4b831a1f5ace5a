package com.aistrale.server.inference;

import com.aistrale.server.kit.http.ClientConnection;
import com.aistrale.server.kit.http.ClientGone;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.pricing.Cost;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Charge;
import com.aistrale.server.telemetry.InferenceRecord.Failure;
import com.aistrale.server.telemetry.InferenceRecord.Result;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.Telemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One inference from its begin to its durable end, however many attempts that takes. {@link #complete} or {@link #stream}
 * is called once, on the thread that handles the request; while it runs, the client's connection is watched, and its end
 * cancels the upstream call.
 */
public final class Running implements Ticker.Ticked {
    /** Calls that end sooner are not worth a watch. */
    private static final long WATCH_AFTER_NANOS = 100_000_000L;

    /** What a client gets to read its end, after the deadline or when the server stops, before its connection is closed. */
    private static final long FAREWELL_NANOS = 1_000_000_000L;

    /** Why an inference was cancelled that somebody asked to end. */
    static final String MEANT = "somebody asked for that";

    private static final Problem INTERRUPTED = Problem.of(
            ProblemCode.INTERRUPTED,
            "The server stopped while this inference ran; what the provider did is not known. Ask again.");

    private final Inferences inferences;
    private final Telemetry.Begun begun;
    private final Attempts attempts;
    private final ChatRequest request;
    private final Deadline deadline;
    private final @Nullable Keyed keyed;
    private final @Nullable ClientConnection client;
    private boolean watched;
    private boolean over;
    private volatile boolean meant;
    private long abortAt;
    private volatile boolean interrupted;

    /** Of the attempt that runs, or was the last. */
    private Accumulator accumulator = new Accumulator();

    private boolean told;
    private @Nullable Long firstTokenMs;

    /** How the record says that it ended; failed where it could not be written. */
    private Status last = Status.FAILED;

    Running(
            Inferences inferences,
            Telemetry.Begun begun,
            Attempts attempts,
            ChatRequest request,
            Deadline deadline,
            @Nullable Keyed keyed) {
        this.inferences = inferences;
        this.begun = begun;
        this.attempts = attempts;
        this.request = request;
        this.deadline = deadline;
        this.keyed = keyed;
        this.client = keyed != null && keyed.goesOn() ? null : ClientConnection.current();
        this.abortAt = deadline.startNanos() + deadline.timeout().toNanos() + FAREWELL_NANOS;
    }

    public String id() {
        return begun.record().id();
    }

    /** Who answers; until that is known, who is asked. */
    public String provider() {
        return attempts.asked().provider();
    }

    /** The provider's own id of the model, of the same. */
    public String model() {
        return attempts.asked().model();
    }

    public Instant createdAt() {
        return begun.record().createdAt();
    }

    String workspaceId() {
        return begun.record().origin().workspaceId();
    }

    /** Ends the upstream call; the record will say why. */
    public void cancel(String reason) {
        attempts.cancellation().cancel(reason);
    }

    void interrupt() {
        interrupted = true;
        breakOff("the server is stopping");
    }

    /** Ends it, as somebody asked for that. */
    void cancelAsMeant() {
        meant = true;
        breakOff(MEANT);
    }

    private void breakOff(String reason) {
        synchronized (this) {
            abortAt = System.nanoTime() + FAREWELL_NANOS;
        }
        cancel(reason);
    }

    /** Whether somebody asked for its end. */
    boolean isMeantToEnd() {
        return meant;
    }

    /** Waits for its end and its record. */
    synchronized void awaitEnd(Duration atMost) throws InterruptedException {
        long until = System.nanoTime() + atMost.toNanos();
        for (long left = atMost.toMillis(); !over && left > 0; left = (until - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }

    @Override
    public void tick(long nanoTime) {
        attempts.tick(nanoTime);
        look(nanoTime);
    }

    private synchronized void look(long nanoTime) {
        if (over || client == null) {
            return; // the connection is at its next request, or none of this one's affair
        }
        if (!watched && nanoTime - deadline.startNanos() > WATCH_AFTER_NANOS) {
            watched = true;
            client.watch(() -> cancel("the client went away"));
        }
        if (nanoTime - abortAt > 0) { // it waits for a client that does not read
            client.abort();
        }
    }

    private synchronized void end() {
        over = true;
        notifyAll();
    }

    /**
     * Asks and waits.
     *
     * @throws ProblemException when it failed, after that was recorded
     */
    public Answer complete() {
        return recorded((adapter, call) -> adapter.complete(call));
    }

    /**
     * Asks and hands the pieces on as they come. When this returns, the answer is durable, and whatever tells the
     * client of its end may be sent.
     *
     * @throws ProblemException when it failed, after that was recorded
     */
    public Answer stream(ChunkSink sink) {
        return recorded((adapter, call) -> {
            accumulator = new Accumulator();
            var relay = new Relay(sink);
            adapter.stream(call, relay);
            relay.letGo();
            return accumulator.completion();
        });
    }

    /**
     * Hands the pieces of one attempt on. What says nothing yet, such as who speaks, is held back until something is
     * said: a provider that fails until then has told the client nothing, so another may be asked.
     */
    private final class Relay implements ChunkSink {
        /** A provider that says nothing for longer than that is a peculiar one; what it says so goes on. */
        private static final int MOST_HELD = 16;

        private final ChunkSink sink;
        private final List<Chunk> held = new ArrayList<>(2);

        Relay(ChunkSink sink) {
            this.sink = sink;
        }

        @Override
        public void accept(Chunk chunk) {
            accumulator.add(chunk);
            if (!told && chunk.deltas().isEmpty() && chunk.finishReason() == null && held.size() < MOST_HELD) {
                held.add(chunk);
                return;
            }
            letGo();
            if (firstTokenMs == null && !chunk.deltas().isEmpty()) {
                firstTokenMs = deadline.elapsedMs();
            }
            sink.accept(chunk);
        }

        void letGo() {
            if (!told) {
                attempts.begins();
                told = true;
                held.forEach(sink::accept);
                held.clear();
            }
        }
    }

    private Answer recorded(Attempts.Work work) {
        inferences.ticker.add(this);
        try {
            return completed(answer(work));
        } finally {
            end();
            inferences.ticker.remove(this);
            inferences.ended(this, last, System.nanoTime() - deadline.startNanos());
        }
    }

    /** @throws ProblemException when there is none, after that was recorded */
    private Completion answer(Attempts.Work work) {
        try {
            return attempts.run(work, target -> inferences.admit(begun.record(), target, request));
        } catch (ProviderFailure failure) {
            throw failed(failure.problem(), failure);
        } catch (ProblemException problem) {
            throw failed(problem.problem(), problem);
        } catch (ClientGone gone) {
            cancel("the client went away");
            throw failed(gone(), gone);
        } catch (RuntimeException unexpected) {
            var problem = Problem.of(ProblemCode.INTERNAL, "Something went wrong inside the server.");
            throw new IllegalStateException(failed(problem, unexpected).getMessage(), unexpected);
        } catch (Error broken) {
            try {
                failed(Problem.of(ProblemCode.INTERNAL, "Something went wrong inside the server."), broken);
            } catch (RuntimeException unrecorded) {
                broken.addSuppressed(unrecorded);
            }
            throw broken;
        }
    }

    private Answer completed(Completion completion) {
        var charge = charge(completion.usage(), Charge.REPORTED);
        var result = result(completion.finishReason(), completion.usage(), charge, "completed", null);
        var record = ended(Status.COMPLETED, result);
        var answer = new Answer(record, completion);
        try {
            begun.finish(
                    record,
                    () -> SaidContent.of(request, completion.parts()),
                    keyed == null ? null : keyed.completed(answer));
        } catch (ProblemException unrecorded) {
            throw unrecorded
                    .problem()
                    .afterPayment("The provider answered, but the answer could not be recorded, so it is withheld: "
                            + "nothing leaves that is not in the record. Look at the disk's free space and the"
                            + " server's log. Trying again asks, and pays, the provider again.")
                    .exception(unrecorded);
        }
        last = Status.COMPLETED;
        return answer;
    }

    private ProblemException failed(Problem seen, Throwable cause) {
        var problem = interrupted && seen.code() == ProblemCode.CANCELLED ? INTERRUPTED : seen;
        var code = problem.code();
        var status = code == ProblemCode.INTERRUPTED
                ? Status.INTERRUPTED
                : code == ProblemCode.CANCELLED ? Status.CANCELLED : Status.FAILED;
        var reported = accumulator.usage();
        boolean counted = reported != null && reported.outputTokens() != null && reported.outputTokens() > 0;
        boolean estimate = !counted && accumulator.characters() > 0;
        var usage = estimate ? TokenEstimate.of(request, accumulator.characters()) : reported;
        var charge = charge(usage, estimate ? Charge.ESTIMATED : Charge.REPORTED);
        if (estimate && charge.source() == null) {
            usage = null; // without a price nothing would mark it as an estimate
        }
        var failure = new Failure(code.wireName(), problem.detail(), problem.provider(), problem.upstreamStatus());
        begun.finish(
                ended(status, result(null, usage, charge, code.wireName(), failure)),
                () -> SaidContent.of(request, accumulator.completion().parts()),
                keyed == null ? null : keyed.failed(problem, told));
        last = status;
        return new ProblemException(problem, cause);
    }

    private Problem gone() {
        boolean late = deadline.isPassed(System.nanoTime());
        return Problem.of(
                ProblemCode.CANCELLED,
                late
                        ? "The client had not read its answer by the deadline of "
                                + deadline.timeout().toMillis() + " ms."
                        : "The client went away.");
    }

    private InferenceRecord ended(Status status, Result result) {
        var record = begun.record();
        return new InferenceRecord(
                record.id(),
                status,
                record.createdAt(),
                record.createdAt().plusMillis(deadline.elapsedMs()),
                record.origin(),
                provider(),
                model(),
                result);
    }

    private Result result(
            @Nullable String finishReason,
            @Nullable Usage usage,
            Charge charge,
            String outcome,
            @Nullable Failure failure) {
        attempts.ended(outcome);
        return new Result(finishReason, usage, charge, deadline.elapsedMs(), firstTokenMs, attempts.past(), failure);
    }

    private Charge charge(@Nullable Usage usage, String source) {
        var cost = Cost.nanoUsd(inferences.prices.price(provider(), model(), createdAt()), usage);
        return cost == null ? Charge.UNKNOWN : new Charge(cost, source);
    }
}
