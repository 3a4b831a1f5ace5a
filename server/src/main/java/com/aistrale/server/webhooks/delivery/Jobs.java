package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Claimed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Reads what is sent to whom; what is not to be sent any more it ends, with its reason. Thread-safe. */
final class Jobs {
    private final Database database;
    private final SqlDeliveryStore store;
    private final SqlReceivers receivers;
    private final Events events;
    private final DueClock due;
    private final String self;
    private final LongSupplier nanoTime;

    /** Rises with each change of a webhook and each deletion of events on this node. */
    private final AtomicLong changes = new AtomicLong();

    Jobs(
            Database database,
            SqlDeliveryStore store,
            SqlReceivers receivers,
            Events events,
            DueClock due,
            String self,
            LongSupplier nanoTime) {
        this.database = database;
        this.store = store;
        this.receivers = receivers;
        this.events = events;
        this.due = due;
        this.self = self;
        this.nanoTime = nanoTime;
    }

    /** What was read so far may be untrue from now on. */
    void changed() {
        changes.incrementAndGet();
    }

    /** Asked before something is read. */
    Job.AsOf now() {
        return new Job.AsOf(changes.get(), nanoTime.getAsLong());
    }

    /** With their events and webhooks; those without are ended. */
    List<Job> of(List<Claimed> claimed, long sendUntil) {
        if (claimed.isEmpty()) {
            return List.of();
        }
        var asOf = now();
        var webhooks = claimed.stream().map(Claimed::webhookId).distinct().toList();
        var told = claimed.stream().map(Claimed::eventId).distinct().toList();
        Map<String, Event> what = database.read(tx -> events.among(tx, told));
        Map<String, Receiver> who = database.read(tx -> receivers.among(tx, webhooks));
        var ready = new ArrayList<Job>();
        var ended = new HashMap<String, DeliveryError>();
        for (var one : claimed) {
            var receiver = who.get(one.webhookId());
            var event = what.get(one.eventId());
            if (receiver != null && receiver.enabled() && event != null) {
                ready.add(new Job(one.id(), receiver, event, one.attempts(), one.scheduleFrom(), sendUntil, asOf));
            } else {
                ended.put(one.id(), reason(receiver));
            }
        }
        end(ended);
        return ready;
    }

    private static DeliveryError reason(@Nullable Receiver receiver) {
        if (receiver == null) {
            return DeliveryError.WEBHOOK_DELETED;
        }
        return receiver.enabled() ? DeliveryError.EVENT_DELETED : DeliveryError.WEBHOOK_DISABLED;
    }

    private void end(Map<String, DeliveryError> ended) {
        if (ended.isEmpty()) {
            return;
        }
        long now = due.now();
        Database.await(database.submit(tx -> {
            for (var end : ended.entrySet()) {
                store.end(tx, end.getKey(), self, end.getValue(), now);
            }
        }));
    }

    /** The job as it is now: it may have waited behind others. Empty, and ended, where it is not to be sent any more. */
    Optional<Job> current(Job job) {
        var asOf = job.asOf();
        boolean old = nanoTime.getAsLong() - asOf.nanoTime() > database.trust().toNanos();
        if (asOf.changes() == changes.get() && !old) {
            return Optional.of(job);
        }
        var claimed = new Claimed(job.id(), job.receiver().id(), job.event().id(), job.attempts(), job.scheduleFrom());
        return of(List.of(claimed), job.sendUntil()).stream().findFirst();
    }
}
