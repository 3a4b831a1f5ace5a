package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.events.Event;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.http.PinnedOutbound;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.metrics.Source;
import com.aistrale.server.nodes.Nodes;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.webhooks.Sealing;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Fresh;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Known;
import com.aistrale.server.webhooks.target.TargetPolicy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deliveries: makes them of events, sends them until they arrive or their schedule ends, tells of them, and sends them
 * again when asked to. Thread-safe.
 */
public final class Deliveries implements AutoCloseable {
    private static final int RECOVERED_AT_ONCE = 500;

    /** A delivery, its attempts and what is sent; the payload is null when the event was deleted. */
    record View(
            Delivery delivery,
            List<Attempt> attempts,
            @Nullable ObjectNode payload) {}

    private final Database database;
    private final Events events;
    private final Audit audit;
    private final Ids ids;
    private final InstantSource clock;
    private final Nodes nodes;
    private final LongSupplier nanoTime;
    private final SqlDeliveryStore store = new SqlDeliveryStore();
    private final SqlReceivers receivers;
    private final Payload payload;
    private final DueClock due;
    private final Figures figures;
    private final PinnedOutbound outbound;
    private final Settlement settlement;
    private final Jobs jobs;
    private final Lanes lanes;
    private final Backlog backlog;
    private final FanOut fanOut;
    private final OldDeliveries oldDeliveries;
    private final Runnable jobsChanged;

    public Deliveries(
            Database database,
            Events events,
            Telemetry telemetry,
            Sealing sealing,
            TargetPolicy targets,
            PinnedOutbound outbound,
            Audit audit,
            Ids ids,
            InstantSource clock,
            LongSupplier nanoTime,
            DoubleSupplier chance,
            Nodes nodes) {
        this.database = database;
        this.events = events;
        this.audit = audit;
        this.ids = ids;
        this.clock = clock;
        this.nodes = nodes;
        this.nanoTime = nanoTime;
        this.outbound = outbound;
        this.receivers = new SqlReceivers(sealing);
        this.payload = new Payload(telemetry);
        this.due = new DueClock(clock, nanoTime);
        this.figures = new Figures(database, store, due);
        this.settlement = new Settlement(database, store, events, ids, clock, due, new Schedule(chance), nodes.self());
        var sender = new Sender(outbound, targets, clock, nanoTime);
        this.jobs = new Jobs(database, store, receivers, events, due, nodes.self(), nanoTime);
        this.lanes = new Lanes(database, sender, payload, settlement, jobs, clock, figures, nanoTime, new Claimer());
        this.backlog = new Backlog(database, store, jobs, lanes, due, nodes.self(), nanoTime);
        this.fanOut = new FanOut(
                database,
                events,
                store,
                receivers,
                jobs,
                lanes,
                backlog,
                due,
                ids,
                clock,
                nanoTime,
                nodes.self(),
                () -> nodes.mayDo("webhooks"));
        this.jobsChanged = jobs::changed;
        this.oldDeliveries = new OldDeliveries(database, store, due, () -> nodes.mayDo("webhook-deliveries"));
    }

    /** Tells the backlog what the lanes see. */
    private final class Claimer implements Lanes.Listener {
        @Override
        public void hasRoom() {
            backlog.wake();
        }

        @Override
        public void due(long at) {
            backlog.due(at);
        }

        @Override
        public void lost() {
            backlog.lost();
        }
    }

    /** What nodes that are gone had in hand is due again: called where they are buried, and at a start. */
    public void inherit(Tx tx) {
        store.release(tx);
    }

    /** From now on deliveries are made and sent. */
    public Deliveries start() {
        backlog.start();
        fanOut.start();
        oldDeliveries.start();
        return this;
    }

    /** Some webhook was made, changed or deleted. */
    public void webhooksChanged() {
        jobs.changed();
        fanOut.look();
        backlog.wake();
    }

    /** What there is to measure. */
    public Source figures() {
        return figures;
    }

    /** What receivers answered to these events is forgotten with them. */
    public void forgetEvents(Tx tx, List<String> eventIds) {
        if (!eventIds.isEmpty()) {
            store.forgetAnswers(tx, eventIds);
            tx.afterCommit(jobsChanged);
        }
    }

    /** Newest first. @throws ProblemException {@code not_found} */
    List<Delivery> list(
            String workspaceId, String webhookId, DeliveryFilter filter, @Nullable String before, int limit) {
        return database.read(tx -> {
            webhook(tx, workspaceId, webhookId);
            return store.ofWebhook(tx, webhookId, filter, before, limit);
        });
    }

    /** @throws ProblemException {@code not_found} */
    View get(String workspaceId, String id) {
        return database.read(tx -> {
            var delivery = delivery(tx, workspaceId, id);
            var attempts = store.attempts(tx, id);
            boolean withContent = store.webhook(tx, workspaceId, delivery.webhookId())
                    .map(Known::includeContent)
                    .orElse(false);
            return new View(
                    delivery,
                    attempts,
                    event(tx, delivery.eventId())
                            .map(event -> payload.json(event, withContent))
                            .orElse(null));
        });
    }

    private Optional<Event> event(Tx tx, String id) {
        return Optional.ofNullable(events.among(tx, List.of(id)).get(id));
    }

    /** Makes it due now. @throws ProblemException {@code not_found}; {@code conflict} where it cannot be sent */
    Delivery retry(Caller caller, String id) {
        var again = database.write(tx -> {
            var delivery = delivery(tx, caller.workspaceId(), id);
            var webhook = enabled(tx, caller.workspaceId(), delivery.webhookId());
            if (event(tx, delivery.eventId()).isEmpty()) {
                throw conflict("The event of this delivery was deleted, so there is nothing to send.");
            }
            if (!store.again(tx, id, due.read(tx))) {
                throw conflict("This delivery is being sent just now. Look at it in a moment.");
            }
            audit.append(
                    tx,
                    caller,
                    "webhook.retried",
                    "webhook",
                    webhook,
                    Json.object().put("delivery_id", id));
            return delivery(tx, caller.workspaceId(), id);
        });
        backlog.wake();
        return again;
    }

    /** Makes all that failed since then due. @return how many @throws ProblemException as {@link #retry} */
    int recover(Caller caller, String webhookId, Instant since) {
        database.write(tx -> {
            enabled(tx, caller.workspaceId(), webhookId);
            audit.append(
                    tx,
                    caller,
                    "webhook.recovered",
                    "webhook",
                    webhookId,
                    Json.object().put("since", Json.time(since)));
            return true;
        });
        var from = Ids.floor("dlv_", since);
        int all = 0;
        List<String> some;
        do {
            var next = from;
            some = database.write(tx -> store.recover(tx, webhookId, next, due.read(tx), RECOVERED_AT_ONCE));
            all += some.size();
            from = some.isEmpty() ? from : some.getLast();
            backlog.wake();
        } while (some.size() == RECOVERED_AT_ONCE);
        return all;
    }

    /**
     * Sends a sample event, once, on the caller's thread.
     *
     * @throws ProblemException {@code not_found}
     */
    View test(Caller caller, String webhookId, String eventType) {
        var now = clock.instant();
        var data = Json.text(EventTypes.sample(eventType, webhookId));
        var event = new Event(ids.next("evt_", now), caller.workspaceId(), eventType, now, data, true);
        var id = ids.next("dlv_", now);
        int lastOfSchedule = 1 - Schedule.ATTEMPTS;
        var receiver = database.write(tx -> {
            webhook(tx, caller.workspaceId(), webhookId);
            var found = Optional.ofNullable(
                            receivers.among(tx, List.of(webhookId)).get(webhookId))
                    .orElseThrow(() -> notFound("webhook", webhookId));
            events.append(tx, event);
            store.insert(tx, new Fresh(id, found, event.id(), eventType), lastOfSchedule, nodes.self(), due.read(tx));
            audit.append(
                    tx,
                    caller,
                    "webhook.tested",
                    "webhook",
                    webhookId,
                    Json.object().put("delivery_id", id));
            return found;
        });
        long sendUntil = Backlog.sendUntil(nanoTime.getAsLong());
        var job = new Job(id, receiver, event, 0, lastOfSchedule, sendUntil, jobs.now());
        try {
            var outcome = lanes.attempt(job);
            figures.count(outcome);
            lanes.settle(job, outcome, false);
        } catch (RuntimeException failed) {
            backlog.lost();
            throw failed;
        }
        return get(caller.workspaceId(), id);
    }

    private Known webhook(Tx tx, String workspaceId, String id) {
        return store.webhook(tx, workspaceId, id).orElseThrow(() -> notFound("webhook", id));
    }

    /** @return its id */
    private String enabled(Tx tx, String workspaceId, String id) {
        var webhook = webhook(tx, workspaceId, id);
        if (webhook.deleted()) {
            throw conflict(
                    "The webhook " + id + " was deleted. Create it again; it is told what happens from then on.");
        }
        if (!webhook.enabled()) {
            throw conflict("The webhook " + id + " is disabled. Enable it first: POST /api/v1/webhooks/" + id
                    + " with {\"enabled\": true}, or `aistrale webhooks update " + id + " --enable`.");
        }
        return id;
    }

    private Delivery delivery(Tx tx, String workspaceId, String id) {
        return store.byId(tx, workspaceId, id).orElseThrow(() -> notFound("delivery", id));
    }

    private static ProblemException notFound(String what, String id) {
        return Problem.of(ProblemCode.NOT_FOUND, "There is no " + what + " " + id + " in this workspace.")
                .exception();
    }

    private static ProblemException conflict(String detail) {
        return Problem.of(ProblemCode.CONFLICT, detail).exception();
    }

    /** Begins nothing more, and breaks off what is under way: it is sent again by whoever comes next. */
    @Override
    public void close() {
        fanOut.close();
        backlog.close();
        lanes.stop();
        outbound.close();
        oldDeliveries.close();
    }
}
