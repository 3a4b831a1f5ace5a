package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.budgets.Budgets;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.limits.Limits;
import com.aistrale.server.metrics.Source;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.Telemetry.Begun;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Runs inferences: finds who is asked, asks, and sees to the record. Thread-safe. */
public final class Inferences {
    final Telemetry telemetry;
    private final Limits limits;
    final PriceCatalogue prices;
    final InstantSource clock;
    final Ticker ticker;
    private final Router router;
    private final Reach reach;
    private final BudgetReservations reservations;
    private final Ids ids;
    private final Duration usualTimeout;
    private final Map<String, Running> running = new ConcurrentHashMap<>();
    private final Figures figures = new Figures(running::size);

    /** @param usualTimeout the deadline of an inference whose caller set none */
    public Inferences(
            Router router,
            Reach reach,
            Telemetry telemetry,
            Budgets budgets,
            Limits limits,
            PriceCatalogue prices,
            Ids ids,
            InstantSource clock,
            Ticker ticker,
            Duration usualTimeout) {
        this.router = router;
        this.reach = reach;
        this.telemetry = telemetry;
        this.reservations = new BudgetReservations(budgets, prices, reach);
        this.limits = limits;
        this.prices = prices;
        this.ids = ids;
        this.clock = clock;
        this.ticker = ticker;
        this.usualTimeout = usualTimeout;
    }

    /**
     * Begins an inference; {@link Running} ends it.
     *
     * @throws ProblemException {@code no_provider}, {@code invalid_request}, {@code permission_denied} or {@code
     *     budget_exceeded}, before anything is recorded
     */
    public Running begin(Caller caller, Ask ask) {
        var deadline = new Deadline(System.nanoTime(), timeout(ask.timeout()));
        var attempts = new Attempts(reach, caller, ask, router.plan(caller, ask), deadline);
        var origin = new Origin(
                caller.workspaceId(),
                caller.apiKeyId(),
                caller.client(),
                ask.model(),
                ask.sessionId(),
                ask.stream(),
                ask.metadata(),
                ask.prompt(),
                ask.trace());
        var now = clock.instant(); // one time for both: lists by time go by the id
        var begun = begin(caller, ids.next("inf_", now), now, origin, ask, attempts);
        var inference = new Running(this, begun, attempts, ask.chat(), deadline, ask.keyed());
        running.put(inference.id(), inference);
        return inference;
    }

    /** With the first whose budgets are not spent. */
    private Begun begin(Caller caller, String id, Instant now, Origin origin, Ask ask, Attempts attempts) {
        while (true) {
            var target = attempts.asked();
            var record =
                    new InferenceRecord(id, Status.RUNNING, now, null, origin, target.provider(), target.model(), null);
            try {
                return begin(record, conditions(caller, record, target, ask));
            } catch (ProblemException refused) {
                if (refused.problem().code() != ProblemCode.BUDGET_EXCEEDED || !attempts.hasNext()) {
                    throw refused;
                }
                attempts.skip(refused.problem());
            }
        }
    }

    private List<Condition> conditions(Caller caller, InferenceRecord record, Target target, Ask ask) {
        var conditions = new ArrayList<Condition>();
        var keyed = ask.keyed();
        if (keyed != null) {
            conditions.add(
                    keyed.claim(record.id())); // first: what was answered is answered again, whatever it costs now
        }
        var limited = limited(caller, record, target, ask.chat());
        if (limited != null) {
            conditions.add(limited);
        }
        var reservation = reservations.of(record, target, ask.chat());
        if (reservation != null) {
            conditions.add(reservation);
        }
        return conditions;
    }

    /** Sees to it that an inference may go on with another target. @throws ProblemException when it may not */
    void admit(InferenceRecord record, Target target, ChatRequest request) {
        var reservation = reservations.of(record, target, request);
        if (reservation != null) {
            telemetry.hold(List.of(reservation));
        }
    }

    private Begun begin(InferenceRecord record, List<Condition> conditions) {
        try {
            return telemetry.begin(record, conditions);
        } catch (RuntimeException | Error refused) {
            reservations.neverBegan(record);
            throw refused;
        }
    }

    /** That the caller's key may run another one; null for a key without limits. */
    private @Nullable Condition limited(Caller caller, InferenceRecord record, Target target, ChatRequest chat) {
        if (caller.limits() == null) {
            return null;
        }
        var model = prices.find(record.provider(), record.model()).orElse(null);
        var most = TokenEstimate.most(chat, model, reach.usualMaximum(target, chat))
                .totalTokens();
        return limits.take(caller, record.id(), most == null ? 0 : most);
    }

    /** An id that no inference has. */
    String newId() {
        return ids.next("inf_", clock.instant());
    }

    /** How much keys may run. */
    public Limits limits() {
        return limits;
    }

    /** The deadline of a request that sets this one, or none. */
    Duration timeout(@Nullable Duration set) {
        return set == null ? usualTimeout : set;
    }

    /** What runs here; null when it does not. */
    @Nullable
    Running running(String id) {
        return running.get(id);
    }

    /** Whether nothing runs here. */
    boolean areIdle() {
        return running.isEmpty();
    }

    /** @param last how the record says that it ended */
    void ended(Running ended, Status last, long nanos) {
        running.remove(ended.id());
        figures.ended(last, nanos);
    }

    /** For who watches the server. */
    public Source figures() {
        return figures;
    }

    /** Breaks off all that runs: what the server does when its grace is over. */
    public void interruptAll() {
        running.values().forEach(Running::interrupt);
    }
}
