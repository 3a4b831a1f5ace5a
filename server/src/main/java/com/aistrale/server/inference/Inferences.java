package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.ProblemException;
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
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Runs inferences: finds who is asked, asks, and sees to the record. Thread-safe. */
public final class Inferences {
    final Map<Format, Provider> providers;
    final Telemetry telemetry;
    final PriceCatalogue prices;
    final InstantSource clock;
    final Ticker ticker;
    private final Router router;
    private final Ids ids;
    private final Duration usualTimeout;
    private final Map<String, Running> running = new ConcurrentHashMap<>();

    /** @param usualTimeout the deadline of an attempt whose caller set none */
    public Inferences(
            Router router,
            Map<Format, Provider> providers,
            Telemetry telemetry,
            PriceCatalogue prices,
            Ids ids,
            InstantSource clock,
            Ticker ticker,
            Duration usualTimeout) {
        this.router = router;
        this.providers = Map.copyOf(providers);
        this.telemetry = telemetry;
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
        var timeout = timeout(ask.timeout());
        var conditions = new ArrayList<Condition>();
        var keyed = ask.keyed();
        if (keyed != null) {
            conditions.add(
                    keyed.claim(record.id())); // first: what was answered is answered again, whatever it costs now
        }
        var begun = new Running(this, telemetry.begin(record, conditions), target, ask.chat(), timeout, keyed);
        running.put(begun.id(), begun);
        return begun;
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

    void ended(Running ended) {
        running.remove(ended.id());
    }

    /** Breaks off all that runs: what the server does when its grace is over. */
    public void interruptAll() {
        running.values().forEach(Running::interrupt);
    }
}
