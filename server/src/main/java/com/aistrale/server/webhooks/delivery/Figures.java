package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.metrics.Histogram;
import com.aistrale.server.metrics.Sink;
import com.aistrale.server.metrics.Source;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Backlogged;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What this node's attempts came to since it started, and what of all nodes is pending. Thread-safe. */
final class Figures implements Source {
    private static final long COUNTED_EACH = Duration.ofSeconds(10).toMillis();

    private final Database database;
    private final SqlDeliveryStore store;
    private final DueClock due;
    private final LongAdder delivered = new LongAdder();

    /** Not changed once it is filled. */
    private final Map<DeliveryError, LongAdder> failed = new EnumMap<>(DeliveryError.class);

    private final Histogram attempts = new Histogram(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15);

    private @Nullable Backlogged counted;
    private long countedAt;

    Figures(Database database, SqlDeliveryStore store, DueClock due) {
        this.database = database;
        this.store = store;
        this.due = due;
        for (var error : DeliveryError.values()) {
            failed.put(error, new LongAdder());
        }
    }

    void count(Outcome outcome) {
        var error = outcome.error();
        (error == null ? delivered : Objects.requireNonNull(failed.get(error))).increment();
        attempts.add(outcome.latencyMs() * 1_000_000);
    }

    @Override
    public void collect(Sink sink) {
        var byResult = new LinkedHashMap<String, Long>();
        byResult.put("delivered", delivered.sum());
        failed.forEach((error, count) -> byResult.put(error.wireName(), count.sum()));
        sink.counter(
                "aistrale_webhook_attempts_total",
                "Attempts of this node at webhooks, by what came of them.",
                "result",
                byResult);
        sink.histogram(
                "aistrale_webhook_attempt_seconds", "How long attempts of this node at webhooks took.", attempts);
        var pending = pending();
        sink.gauge(
                "aistrale_webhook_deliveries_pending",
                "Deliveries of all nodes that have neither arrived nor failed for good.",
                (double) pending.count());
        sink.gauge(
                "aistrale_webhook_oldest_pending_seconds",
                "How long the oldest pending delivery has been there; 0 without one.",
                age(pending));
    }

    /** Counting goes through all of it: not at each scrape of each Prometheus. */
    private synchronized Backlogged pending() {
        var last = counted;
        long now = due.now();
        if (last == null || now - countedAt >= COUNTED_EACH) {
            last = database.read(store::backlogged);
            counted = last;
            countedAt = now;
        }
        return last;
    }

    private double age(Backlogged pending) {
        var oldest = pending.oldest();
        return oldest == null ? 0 : Math.max(0, due.now() - oldest) / 1000.0;
    }
}
