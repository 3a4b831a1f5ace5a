package com.aistrale.server.routing;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One circuit. It opens when of at least {@link #LEAST_CALLS} calls in a minute half failed, and lets nothing through for a
 * while. Then one call may try: it closes the circuit, or doubles the time. Thread-safe; the way through a closed circuit
 * takes no lock.
 */
final class Circuit {
    static final int LEAST_CALLS = 5;
    static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    /** Whoever waits less than this before a timeout has seen nothing that others should suffer from. */
    static final Duration FAIR_TIMEOUT = Duration.ofSeconds(10);

    private static final int LONGEST_MESSAGE = 500;

    private static final Duration WHILE_TRIED = Duration.ofSeconds(1);

    private enum State {
        CLOSED,
        OPEN,
        HALF_OPEN
    }

    /** A time between two changes. Who entered in one has nothing to say in another. */
    static final class Phase {
        private final State state;

        private Phase(State state) {
            this.state = state;
        }
    }

    private final Place place;
    private final Ids ids;
    private final Consumer<Turn> turns;
    private final Window window = new Window();
    private final Phase first = new Phase(State.CLOSED);
    private volatile Phase phase = first;
    private volatile long usedAt;
    private boolean dropped;
    private @Nullable Opening opening;

    /** Since when a node that is gone had it open, and nobody told that it answers again. */
    private @Nullable Instant inherited;

    private Instant since = Instant.EPOCH;
    private Duration pause = FIRST_PAUSE;
    private Health.@Nullable LastFailure lastFailure;

    Circuit(Place place, Ids ids, Consumer<Turn> turns, long now) {
        this.place = place;
        this.ids = ids;
        this.turns = turns;
        this.usedAt = now;
    }

    Place place() {
        return place;
    }

    /** Where those stand who came before it was there. */
    Phase first() {
        return first;
    }

    /** When somebody last wanted through, to the second. */
    long usedAt() {
        return usedAt;
    }

    private void use(long now) {
        if (Math.abs(now - usedAt) >= 1000) { // a write for each call would cost those on other cores
            usedAt = now;
        }
    }

    /** @throws ProblemException {@code provider_unavailable} while it is open */
    Permit enter(Circuits home, long now) {
        use(now);
        var entered = phase;
        return entered.state == State.CLOSED ? new Permit(home, place, this, entered, false) : tryOpen(home, now);
    }

    private synchronized Permit tryOpen(Circuits home, long now) {
        var last = opening;
        if (phase.state == State.CLOSED || last == null) {
            return new Permit(home, place, this, phase, false);
        }
        long retryAt = last.retryAt().toEpochMilli();
        boolean clockWentBack = retryAt - now > pause.toMillis();
        if (phase.state == State.OPEN && (now >= retryAt || clockWentBack)) {
            become(State.HALF_OPEN);
            return new Permit(home, place, this, phase, true);
        }
        throw refusal(last, phase.state == State.OPEN ? Duration.ofMillis(retryAt - now) : WHILE_TRIED);
    }

    private ProblemException refusal(Opening last, Duration wait) {
        var seconds = Math.ceilDiv(wait.toMillis(), 1000L);
        return new Problem(
                        ProblemCode.PROVIDER_UNAVAILABLE,
                        place.name() + " is not asked for now: " + last.reason() + " It is tried again in " + seconds
                                + " s. Name `fallbacks` to have another model answer meanwhile.",
                        List.of(),
                        place.provider(),
                        null,
                        Duration.ofSeconds(seconds),
                        false)
                .exception();
    }

    /** The provider answered. @return the phase in which the permit goes on */
    synchronized Phase answering(Phase entered, long now) {
        if (isProbe(entered)) {
            close(now);
            return phase;
        }
        return entered;
    }

    synchronized void succeeded(Phase entered, long now) {
        boolean probe = isProbe(entered);
        if (probe) {
            close(now);
        }
        if (probe || isCurrent(entered)) {
            window.add(now, false);
            var openSince = inherited;
            if (openSince != null) {
                inherited = null;
                tell(new Turn.Recovered(place, later(openSince, now)));
            }
        }
    }

    /** It is closed here, and stays so; that it answers is to be told with the next success. */
    synchronized void inherit(Instant openedAt) {
        inherited = opening == null ? openedAt : null;
    }

    synchronized void failed(Phase entered, Problem problem, Duration timeout, long now) {
        note(problem, now);
        boolean counts = counts(problem, timeout);
        if (isProbe(entered)) {
            var last = opening;
            if (counts && last != null) {
                pause = pause.compareTo(LONGEST_PAUSE.dividedBy(2)) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
                open(last.reason(), last.failurePercent(), now);
            } else {
                become(State.OPEN); // the next one may try
            }
        } else if (counts && isCurrent(entered)) {
            window.add(now, true);
            int calls = window.calls(now);
            int failures = window.failures(now);
            if (calls >= LEAST_CALLS && failures * 2L >= calls) {
                since = Instant.ofEpochMilli(now);
                var reason = failures + " of " + calls + " calls failed in " + Window.SECONDS + " seconds; the last: "
                        + cut(problem.detail());
                open(reason, (int) Math.round(100.0 * failures / calls), now);
            }
        }
    }

    /** The call came to nothing that tells of the provider. */
    synchronized void ignored(Phase entered) {
        if (isProbe(entered)) {
            become(State.OPEN); // the next one may try
        }
    }

    /** Whether it came through a closed circuit that was not open since. */
    private boolean isCurrent(Phase entered) {
        return entered == phase && entered.state == State.CLOSED;
    }

    /** Whether it is the one call that tries: nobody else enters while it is half open. */
    private boolean isProbe(Phase entered) {
        return entered == phase && entered.state == State.HALF_OPEN;
    }

    private void become(State next) {
        phase = new Phase(next);
    }

    private void open(String reason, int failurePercent, long now) {
        var at = Instant.ofEpochMilli(now);
        var next = new Opening(ids.next("opn_", at), place, reason, failurePercent, at, at.plus(pause));
        opening = next;
        inherited = null;
        become(State.OPEN);
        tell(new Turn.Failing(next));
    }

    private void close(long now) {
        window.clear();
        pause = FIRST_PAUSE;
        var last = opening;
        opening = null;
        become(State.CLOSED);
        if (last != null) {
            tell(new Turn.Recovered(place, later(last.openedAt(), now)));
        }
    }

    /** It is out of the table: nothing it comes to say counts any more. */
    synchronized void drop(long now) {
        var openSince = opening == null ? inherited : opening.openedAt();
        if (openSince != null) {
            tell(new Turn.Dropped(place, later(openSince, now)));
        }
        dropped = true;
    }

    /** Now, or as late as the opening where the clock went back. */
    private static Instant later(Instant openedAt, long now) {
        var at = Instant.ofEpochMilli(now);
        return at.isBefore(openedAt) ? openedAt : at;
    }

    private void tell(Turn turn) {
        if (!dropped) {
            turns.accept(turn);
        }
    }

    private void note(Problem problem, long now) {
        if (tellsOfProvider(problem.code())) {
            lastFailure = new Health.LastFailure(
                    Instant.ofEpochMilli(now), problem.code(), cut(problem.detail()), problem.upstreamStatus());
        }
    }

    /** Ten thousand of them are kept. */
    private static String cut(String message) {
        if (message.length() <= LONGEST_MESSAGE) {
            return message;
        }
        int end = LONGEST_MESSAGE - 1;
        return message.substring(0, Character.isHighSurrogate(message.charAt(end - 1)) ? end - 1 : end) + "…";
    }

    /** Whether such a failure is worth a word to who looks after the provider. */
    static boolean tellsOfProvider(ProblemCode code) {
        return switch (code) {
            case PROVIDER_AUTHENTICATION_FAILED,
                    PROVIDER_RATE_LIMITED,
                    PROVIDER_FAILED,
                    PROVIDER_UNAVAILABLE,
                    PROVIDER_TIMEOUT -> true;
            default -> false;
        };
    }

    /** Whether it is the provider's failure, and one that others would meet too. */
    private static boolean counts(Problem problem, Duration timeout) {
        var status = problem.upstreamStatus();
        if (status != null && status >= 400 && status < 500) {
            return false;
        }
        return switch (problem.code()) {
            case PROVIDER_FAILED, PROVIDER_UNAVAILABLE -> true;
            case PROVIDER_TIMEOUT -> timeout.compareTo(FAIR_TIMEOUT) >= 0;
            default -> false;
        };
    }

    /** How the provider is, as far as this circuit can tell. */
    synchronized Health health(long now) {
        int calls = window.calls(now);
        var last = opening;
        var open = last == null
                ? List.<Health.OpenCircuit>of()
                : List.of(new Health.OpenCircuit(
                        place.model(), phase.state == State.HALF_OPEN, since, last.retryAt(), last.reason()));
        return new Health(calls, window.failures(now), lastFailure, open, last == null && calls > 0 ? 1 : 0);
    }
}
