package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.limits.Limits;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.tokens.ProviderSpec.Format;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Runs inferences: finds who is asked, asks, and sees to the record. Thread-safe. */
public final class Inferences {
    final Map<Format, Provider> providers;
    final Telemetry telemetry;
    private final Limits limits;
    final PriceCatalogue prices;
    final InstantSource clock;
    final Ticker ticker;
    private final Router router;
    private final Ids ids;
    private final Duration usualTimeout;
    private final Set<Running> running = ConcurrentHashMap.newKeySet();

    /** @param usualTimeout the deadline of an attempt whose caller set none */
    public Inferences(
            Router router,
            Map<Format, Provider> providers,
            Telemetry telemetry,
            Limits limits,
            PriceCatalogue prices,
            Ids ids,
            InstantSource clock,
            Ticker ticker,
            Duration usualTimeout) {
        this.router = router;
        this.providers = Map.copyOf(providers);
        this.telemetry = telemetry;
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
     * @throws ProblemException {@code no_provider}, {@code invalid_request} or {@code permission_denied}, before anything is
     *     recorded
     */
    public Running begin(Caller caller, Ask ask) {
        var target = router.resolve(caller, ask);
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
        var record = new InferenceRecord(
                ids.next("inf_", now),
                Status.RUNNING,
                now,
                null,
                origin,
                target.endpoint().provider(),
                target.model(),
                null);
        var timeout = ask.timeout() == null ? usualTimeout : ask.timeout();
        var conditions = new ArrayList<Condition>();
        var keyed = ask.keyed();
        if (keyed != null) {
            conditions.add(
                    keyed.claim(record.id())); // first: what was answered is answered again, whatever it costs now
        }
        var limited = limited(caller, record, ask.chat());
        if (limited != null) {
            conditions.add(limited);
        }
        var begun = new Running(this, telemetry.begin(record, conditions), target, ask.chat(), timeout, keyed);
        running.add(begun);
        return begun;
    }

    /** That the caller's key may run another one; null for a key without limits. */
    private @Nullable Condition limited(Caller caller, InferenceRecord record, ChatRequest chat) {
        if (caller.limits() == null) {
            return null;
        }
        var model = prices.find(record.provider(), record.model()).orElse(null);
        return limits.take(caller, record.id(), TokenEstimate.most(chat, model).tokens());
    }

    /** How much keys may run. */
    public Limits limits() {
        return limits;
    }

    void ended(Running ended) {
        running.remove(ended);
    }

    /** Breaks off all that runs: what the server does when its grace is over. */
    public void interruptAll() {
        running.forEach(Running::interrupt);
    }
}
