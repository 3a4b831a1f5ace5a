package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.webhooks.Webhook;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Notes what came of an attempt, and what follows for the delivery and its webhook. Thread-safe. */
final class Settlement {
    /** How long a webhook may fail without a success before it is disabled. */
    static final Duration PATIENCE = Duration.ofDays(5);

    private final Database database;
    private final SqlDeliveryStore store;
    private final Events events;
    private final Ids ids;
    private final InstantSource clock;
    private final DueClock due;
    private final Schedule schedule;
    private final String self;

    Settlement(
            Database database,
            SqlDeliveryStore store,
            Events events,
            Ids ids,
            InstantSource clock,
            DueClock due,
            Schedule schedule,
            String self) {
        this.database = database;
        this.store = store;
        this.events = events;
        this.ids = ids;
        this.clock = clock;
        this.due = due;
        this.schedule = schedule;
        this.self = self;
    }

    /** When it is noted, and when the delivery is tried again; null when it is not. */
    record Noted(CompletableFuture<Void> durable, @Nullable Long next) {}

    /** @param wasFailing whether the attempt before this one failed, as far as is known */
    Noted note(Job job, Outcome outcome, boolean wasFailing) {
        long now = due.now();
        var next = next(job, outcome, now);
        var durable = database.submit(tx -> {
            store.settle(tx, job, outcome, next, self, now);
            if (!job.event().test() || outcome.error() == DeliveryError.GONE) {
                follow(tx, job.receiver(), outcome, wasFailing, next == null, now);
            }
        });
        return new Noted(durable, next);
    }

    /** As {@link #note}, without what a database may have refused: the answer, and what follows for the webhook. */
    Noted noteBarely(Job job, Outcome outcome) {
        long now = due.now();
        var next = next(job, outcome, now);
        var bare = new Outcome(outcome.startedAt(), outcome.latencyMs(), outcome.code(), outcome.error(), null, null);
        return new Noted(database.submit(tx -> store.settle(tx, job, bare, next, self, now)), next);
    }

    private @Nullable Long next(Job job, Outcome outcome, long now) {
        var error = outcome.error();
        if (error == null || error.isFinal()) {
            return null;
        }
        return schedule.after(job.attempts() + 1 - job.scheduleFrom(), outcome.retryAfter())
                .map(wait -> now + wait.toMillis())
                .orElse(null);
    }

    /**
     * What the webhook's state becomes. That it fails is written where it is not written yet, and the other way round. It is
     * disabled when a delivery was given up: so one that is seldom told anything has a day to come back, too. Samples say
     * nothing of it, but that it is gone.
     */
    private void follow(Tx tx, Receiver receiver, Outcome outcome, boolean wasFailing, boolean gaveUp, long now)
            throws SQLException {
        var error = outcome.error();
        var since = receiver.failingSince();
        if (error == null) {
            if (since != null || wasFailing) {
                store.failing(tx, receiver.id(), null);
            }
        } else if (error == DeliveryError.GONE) {
            disable(tx, receiver, "gone", null, outcome, now);
        } else if (since == null) {
            store.failing(tx, receiver.id(), now);
        } else if (gaveUp && now - since >= PATIENCE.toMillis()) {
            disable(tx, receiver, "failing", now - PATIENCE.toMillis(), outcome, now);
        }
    }

    private void disable(
            Tx tx, Receiver receiver, String reason, @Nullable Long failingSinceAtMost, Outcome outcome, long now)
            throws SQLException {
        var disabled = store.disable(tx, receiver.id(), receiver.url(), reason, failingSinceAtMost, now);
        if (disabled.isEmpty()) {
            return;
        }
        var since = disabled.get().failingSince();
        var error = outcome.error();
        var data = Json.object()
                .put("webhook_id", receiver.id())
                .put("name", disabled.get().name())
                .put("url", Webhook.origin(disabled.get().url()))
                .put("reason", reason)
                .put("failing_since", since == null ? null : Json.time(Instant.ofEpochMilli(since)))
                .put("response_code", outcome.code())
                .put("error", error == null ? null : error.wireName());
        events.append(
                tx,
                new Event(
                        ids.next("evt_"),
                        receiver.workspaceId(),
                        EventTypes.WEBHOOK_DISABLED,
                        clock.instant(),
                        Json.text(data)));
    }
}
