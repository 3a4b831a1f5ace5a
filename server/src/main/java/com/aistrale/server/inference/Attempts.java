package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.inference.ProviderFailure.Next;
import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.routing.Permit;
import com.aistrale.server.routing.RetrySchedule;
import com.aistrale.server.telemetry.InferenceRecord.Attempt;
import com.aistrale.server.tokens.Endpoint;
import com.aistrale.server.tokens.ProviderSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks whom a plan names, in order, until one answers: each as often as the schedule says, all before the deadline, and
 * nobody any more once the client has a piece of an answer. Keeps what came of each. One thread; {@link #tick} and the
 * cancellation come on others.
 */
final class Attempts {
    /** One call of an adapter. */
    interface Work {
        Completion run(Provider adapter, ProviderCall call);
    }

    /** Sees to it that a target may be asked, or throws why not. */
    interface Admission {
        void admit(Target target);
    }

    private record Limited(Endpoint endpoint, ProviderFailure failure) {}

    private final Reach reach;
    private final Caller caller;
    private final Ask ask;
    private final Plan plan;
    private final Deadline deadline;
    private final Cancellation cancellation = new Cancellation();
    private final List<Attempt> past = new ArrayList<>(1);

    /** Where the plan stands. */
    private int at = -1;

    /** With what its target is asked now, and for which time. */
    private Endpoint endpoint;

    private int tries;

    /** The credentials that were refused, which are used no more. */
    private Set<String> refused = Set.of();

    /** Those and the ones that were limited, which give way to others. */
    private Set<String> without = Set.of();

    /** Of the target that is asked: the last token that was limited, and what was said of it. */
    private @Nullable Limited limited;

    private @Nullable Problem firstSkip;
    private @Nullable ProviderFailure lastFailure;
    private volatile @Nullable Underway underway;

    /** Who answers, or was asked last. */
    private volatile Target asked;

    Attempts(Reach reach, Caller caller, Ask ask, Plan plan, Deadline deadline) {
        this.reach = reach;
        this.caller = caller;
        this.ask = ask;
        this.plan = plan;
        this.deadline = deadline;
        this.asked = goOn();
        this.endpoint = asked.endpoint();
    }

    /** Who answers, was asked last, or is the first to be asked. */
    Target asked() {
        return asked;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    /** Whether there is another one to ask. */
    boolean hasNext() {
        return at < plan.last();
    }

    /** Leaves out the one whose turn it is, before any was asked, and goes on; there is another one. */
    void skip(Problem why) {
        leaveOut(asked, why);
        asked = goOn();
    }

    private Target goOn() {
        var next = next();
        if (next == null) {
            throw new IllegalStateException("nobody is left to ask of " + plan);
        }
        return next;
    }

    /** The next one within reach; null when there is none. */
    private @Nullable Target next() {
        while (++at < plan.steps().size()) {
            switch (plan.steps().get(at)) {
                case Target target -> {
                    return target;
                }
                case Unreachable out -> leaveOut(out, out.why());
            }
        }
        return null;
    }

    private void leaveOut(Step step, Problem why) {
        past.add(new Attempt(step.provider(), step.model(), why.code().wireName(), 0, null, null));
        firstSkip = firstSkip == null ? why : firstSkip;
    }

    /**
     * The first answer. What came of that last attempt is noted with {@link #ended}.
     *
     * @param admission asked for every target but the first
     * @throws ProviderFailure of the provider that was asked last
     * @throws ProblemException when nobody could be asked, or the first one's format cannot say the request
     */
    Completion run(Work work, Admission admission) {
        var answer = ask(asked, work);
        while (answer == null) {
            var target = next();
            if (target == null) {
                throw failure();
            }
            answer = isAdmitted(target, admission) ? ask(target, work) : null;
        }
        return answer;
    }

    private boolean isAdmitted(Target target, Admission admission) {
        try {
            admission.admit(target);
            return true;
        } catch (ProblemException refused) {
            if (refused.problem().code() != ProblemCode.BUDGET_EXCEEDED) {
                throw refused;
            }
            leaveOut(target, refused.problem());
            return false;
        }
    }

    private RuntimeException failure() {
        if (lastFailure != null) {
            return lastFailure;
        }
        if (firstSkip == null) {
            throw new IllegalStateException("nobody failed of " + plan);
        }
        return firstSkip.exception();
    }

    /** Null when another one is to be asked. */
    private @Nullable Completion ask(Target target, Work work) {
        var first = at == 0 ? target.endpoint() : callable(target.endpoint().spec());
        if (first == null) {
            leaveOut(target, lastFailure == null ? noToken(target) : lastFailure.problem());
            return null;
        }
        endpoint = first;
        limited = null;
        tries = 1;
        var before = asked;
        ProviderFailure failure;
        do {
            var permit = enter(target);
            if (permit == null) {
                return null;
            }
            try (permit) {
                return attempt(permit, target, work);
            } catch (ProviderFailure failed) {
                failure = failed;
                note(failure);
            } catch (ProblemException cannot) {
                leaveOutIfFallback(target, cannot);
                asked = before;
                return null;
            }
        } while (isAskedAgain(failure));
        return null;
    }

    private @Nullable Permit enter(Target target) {
        if (deadline.leftNanos() <= 0) {
            throw lastFailure == null ? outOfTime(target) : lastFailure;
        }
        try {
            return reach.circuits().enter(caller.workspaceId(), target.provider(), target.model());
        } catch (ProblemException open) {
            leaveOut(target, open.problem());
            return null;
        }
    }

    private Completion attempt(Permit permit, Target target, Work work) {
        long left = deadline.leftNanos();
        long patience = hasNext() ? left / 2 : left;
        var attempt = new Underway(permit, target, endpoint, ask.stream() && hasNext() ? patience : Long.MAX_VALUE);
        underway = attempt;
        asked = target;
        var call = new ProviderCall(
                endpoint,
                target.model(),
                reach.fitted(ask.chat(), target),
                Duration.ofNanos(ask.stream() ? left : patience),
                attempt.canBeLate() ? attempt.cancelledWith(cancellation) : cancellation,
                attempt);
        try {
            var completion = work.run(reach.adapter(endpoint.spec().format()), call);
            permit.succeeded();
            reach.tokens().accepted(caller.workspaceId(), endpoint);
            return completion;
        } catch (ProviderFailure failure) {
            var seen = attempt.isLate() && !cancellation.isCancelled() ? attempt.late() : failure;
            permit.failed(seen.problem(), Duration.ofNanos(patience));
            throw seen;
        }
    }

    /** @throws ProviderFailure this one, where it is the last word */
    private void note(ProviderFailure failure) {
        lastFailure = failure;
        if (failure.kind() == Kind.CANCELLED) {
            throw failure; // whoever cancelled it knows what it is called
        }
        boolean told = underway != null && underway.hasBegun();
        ended(failure.problem().code().wireName(), failure.upstreamStatus());
        if (failure.kind() == Kind.AUTHENTICATION) {
            refused = with(refused, key(endpoint));
        }
        if (failure.blamesToken()) {
            reach.tokens()
                    .refused(caller.workspaceId(), endpoint, failure.problem().detail());
        }
        if (told || (failure.next() == Next.NOTHING && at == 0)) {
            throw failure;
        }
    }

    /** What the first one cannot say is the caller's affair. */
    private void leaveOutIfFallback(Target target, ProblemException cannot) {
        if (at == 0 || cannot.problem().code() != ProblemCode.INVALID_REQUEST) {
            throw cannot;
        }
        underway = null; // nothing was sent
        leaveOut(target, cannot.problem());
    }

    /** Whether the same target is asked again, after a wait or with another token. */
    private boolean isAskedAgain(ProviderFailure failure) {
        return switch (failure.next()) {
            case AGAIN -> waits(failure);
            case OTHER_TOKEN -> takesOtherToken() || (limited == null ? takesSetAside() : takesLimitedAgain(limited));
            case OTHER_TOKEN_OR_AGAIN -> {
                limited = new Limited(endpoint, failure);
                yield takesOtherTokenAsATry() || waits(failure);
            }
            case OTHER_MODEL, NOTHING -> false;
        };
    }

    private boolean takesOtherTokenAsATry() {
        boolean takes = tries < RetrySchedule.TRIES && takesOtherToken();
        tries += takes ? 1 : 0;
        return takes;
    }

    private boolean takesOtherToken() {
        if (endpoint.tokenId() == null) {
            return false;
        }
        without = with(without, key(endpoint));
        return takes(inUse(endpoint.spec()));
    }

    /** Where nothing else is left. */
    private boolean takesSetAside() {
        return endpoint.tokenId() != null && takes(callable(endpoint.spec()));
    }

    /** When its limit is over; else that is what is told of them all. */
    private boolean takesLimitedAgain(Limited before) {
        lastFailure = before.failure();
        endpoint = before.endpoint();
        return waits(before.failure());
    }

    private boolean takes(@Nullable Endpoint other) {
        if (other == null) {
            return false;
        }
        endpoint = other;
        return true;
    }

    /** A credential that is not stored is the provider's only one. */
    private static String key(Endpoint endpoint) {
        return endpoint.tokenId() == null ? endpoint.provider() : endpoint.tokenId();
    }

    private static Set<String> with(Set<String> some, String more) {
        var all = new HashSet<>(some);
        all.add(more);
        return all;
    }

    /**
     * With what a provider is to be asked: what is in use and was not limited, else what is in use, else what is set aside;
     * null when none of its tokens is worth it any more.
     */
    private @Nullable Endpoint callable(ProviderSpec spec) {
        var fresh = inUse(spec);
        return fresh == null ? found(() -> tokens(spec, refused)) : fresh;
    }

    /** Without those that were limited. */
    private @Nullable Endpoint inUse(ProviderSpec spec) {
        return found(
                () -> reach.tokens().endpointInUse(caller.workspaceId(), caller.defaultWorkspace(), spec, without));
    }

    private Optional<Endpoint> tokens(ProviderSpec spec, Set<String> leftOut) {
        return reach.tokens().endpoint(caller.workspaceId(), caller.defaultWorkspace(), spec, leftOut);
    }

    private @Nullable Endpoint found(Supplier<Optional<Endpoint>> tokens) {
        try {
            var found = tokens.get();
            return found.filter(endpoint -> !refused.contains(key(endpoint))).orElse(null);
        } catch (ProblemException locked) {
            if (locked.problem().code() != ProblemCode.NO_PROVIDER) {
                throw locked;
            }
            return null; // they cannot be decrypted any more
        }
    }

    /** It had one when the plan was made. */
    private static Problem noToken(Target target) {
        return Problem.of(
                ProblemCode.NO_PROVIDER,
                "The last token of " + target.endpoint().spec().title() + " was deleted while the inference ran.");
    }

    private boolean waits(ProviderFailure failure) {
        long left = deadline.leftNanos();
        var wait =
                reach.schedule().waitAfter(tries, failure.retryAfter(), Duration.ofNanos(hasNext() ? left / 2 : left));
        if (wait == null) {
            return false;
        }
        if (cancellation.isCancelledWithin(wait)) {
            throw cancelled();
        }
        tries++;
        return true;
    }

    private ProviderFailure cancelled() {
        return new ProviderFailure(
                Kind.CANCELLED,
                endpoint.provider(),
                "The inference was cancelled: " + cancellation.reason(),
                null,
                null,
                null);
    }

    private ProviderFailure outOfTime(Target target) {
        var message = "The deadline of " + deadline.timeout().toMillis() + " ms was over before "
                + target.endpoint().spec().title() + " could be asked.";
        return new ProviderFailure(Kind.TIMEOUT, target.provider(), message, null, null, null);
    }

    /** A piece of the answer is about to leave: from now on nobody else is asked. */
    void begins() {
        var attempt = underway;
        if (attempt != null) {
            attempt.begins();
        }
    }

    /** Looks whether a stream is late with its first piece. */
    void tick(long nanoTime) {
        var attempt = underway;
        if (attempt != null) {
            attempt.tick(nanoTime);
        }
    }

    /** Ends the attempt that is under way, if one is. @param outcome what came of it */
    void ended(String outcome) {
        ended(outcome, null);
    }

    private void ended(String outcome, @Nullable Integer status) {
        var attempt = underway;
        if (attempt != null) {
            underway = null;
            past.add(attempt.ended(outcome, status));
        }
    }

    /** What came of each so far, in order. */
    List<Attempt> past() {
        return past;
    }
}
