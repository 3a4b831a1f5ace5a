package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.Events;
import com.aistrale.server.events.Events.Appended;
import com.aistrale.server.events.Position;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.kit.sql.Unit;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Fresh;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes deliveries of events: one for each event and webhook that asks for it, in the transaction that notes how far the
 * outbox is read. One node does it; that two might for a moment does no harm, as only one of them moves on from a place.
 * Deliveries that this node has room for are its own from the start, and are sent from memory.
 *
 * <p>Where no webhook is enabled, nothing is read or written, but for a look each second.
 */
final class FanOut implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);

    /** How long an event of another node may stay unseen, should its word be lost. */
    private static final Duration POLL = Duration.ofMillis(250);

    private static final Duration IDLE = Duration.ofSeconds(1);

    /** How soon it is looked again for what was announced and is not there: an older transaction still runs. */
    private static final Duration NOT_YET = Duration.ofMillis(4);

    private static final Duration ASKS_AGAIN = Duration.ofSeconds(1);

    /** How long events may wait for the node that makes deliveries, until another one helps out. */
    private static final Duration PATIENCE = Duration.ofSeconds(7);

    private static final Duration HELPS = Duration.ofSeconds(10);

    /** How long at most a place that is passed without a delivery is not written down. */
    private static final Duration WRITES_DOWN = Duration.ofSeconds(5);

    /** Less than deliveries that ended are kept: so long an event cannot be told twice, whatever is read again. */
    private static final Duration TOLD_AGAIN = OldDeliveries.KEPT.minusDays(1);

    private static final int PIECE = 200;

    private final Database database;
    private final Events events;
    private final SqlDeliveryStore store;
    private final SqlReceivers receivers;
    private final Lanes lanes;
    private final Backlog backlog;
    private final Bell bell;
    private final DueClock due;
    private final Ids ids;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final String self;
    private final BooleanSupplier mayRun;
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean asksNow = true;
    private volatile boolean anyEnabled;

    // Of its thread.
    private boolean listens;
    private boolean mine;
    private long asked;
    private long told;
    private long helpsUntil;
    private @Nullable Position standsAt;
    private long standsSince;
    private @Nullable Position written;
    private @Nullable Position position;
    private long writtenAt;

    /** While it is read again what was read before, from its beginning: events that may have been told. */
    private @Nullable Position readsAgainUntil;

    private Instant notBefore = Instant.MIN;

    FanOut(
            Database database,
            Events events,
            SqlDeliveryStore store,
            SqlReceivers receivers,
            Lanes lanes,
            Backlog backlog,
            Bell bell,
            DueClock due,
            Ids ids,
            InstantSource clock,
            LongSupplier nanoTime,
            String self,
            BooleanSupplier mayRun) {
        this.database = database;
        this.events = events;
        this.store = store;
        this.receivers = receivers;
        this.lanes = lanes;
        this.backlog = backlog;
        this.bell = bell;
        this.due = due;
        this.ids = ids;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.self = self;
        this.mayRun = mayRun;
        this.asked = nanoTime.getAsLong();
        this.helpsUntil = asked;
        this.thread = Thread.ofVirtual().name("webhook-fan-out").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Webhooks changed: what is known of them is asked for again. */
    void look() {
        asksNow = true;
        bell.ring();
        if (anyEnabled) {
            events.arrivals().wake();
        }
    }

    private void run() {
        boolean failing = false;
        while (!closed) {
            try {
                step();
                failing = false;
            } catch (InterruptedException end) {
                break;
            } catch (ProblemException unavailable) {
                if (!failing) {
                    LOG.warn("events wait for their webhooks: {}", unavailable.getMessage());
                }
                failing = true;
                forget();
            } catch (RuntimeException unexpected) {
                LOG.error("events cannot be read for webhooks; tried again in a second", unexpected);
                forget();
            }
        }
        listen(false);
    }

    /** What is known may be wrong now: it is asked for again. */
    private void forget() {
        mine = false;
        position = null;
        asksNow = true;
        try {
            Thread.sleep(IDLE);
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen(boolean listen) {
        if (listen != listens) {
            listens = listen;
            if (listen) {
                events.arrivals().join();
            } else {
                events.arrivals().leave();
            }
        }
    }

    private void step() throws InterruptedException {
        long seen = events.arrivals().count();
        ask();
        if (!anyEnabled) {
            bell.await(IDLE);
        } else if (!mine) {
            tell(seen);
        } else if (!read()) {
            await(seen);
        }
    }

    /** Now and then: whether there is something to do, and whether it is this node that does it. */
    private void ask() {
        long now = nanoTime.getAsLong();
        if (now - asked < ASKS_AGAIN.toNanos() && !asksNow) {
            return;
        }
        asksNow = false;
        asked = now;
        var end = database.read(tx -> receivers.isAnyEnabled(tx) ? null : events.end(tx));
        anyEnabled = end == null;
        listen(anyEnabled);
        if (end != null) {
            position = end; // who is enabled later wants only what stands behind it
            written = null;
            return;
        }
        mine = mayRun.getAsBoolean() || helps(now);
        if (!mine) {
            position = null;
        }
    }

    /** Whether events wait for a node that is gone, and not known to be so yet. Two that read do no harm. */
    private boolean helps(long now) {
        if (now - helpsUntil < 0) {
            return true;
        }
        var stored = database.read(store::position).orElse(null);
        var waits = stored != null
                && stored.equals(standsAt)
                && !database.read(tx -> events.after(tx, stored, 1)).isEmpty();
        if (!waits) {
            standsAt = stored;
            standsSince = now;
            return false;
        }
        if (now - standsSince < PATIENCE.toNanos()) {
            return false;
        }
        LOG.info("events wait for a node that does not read them; this one does so for a while");
        helpsUntil = now + HELPS.toNanos();
        return true;
    }

    /** Another node reads: it hears that there is something. */
    private void tell(long seen) throws InterruptedException {
        events.arrivals().await(seen, IDLE);
        long own = events.arrivals().own();
        if (own != told) {
            told = own;
            database.tellOthers();
            Thread.sleep(NOT_YET); // what comes meanwhile is told together
        }
    }

    private void await(long seen) throws InterruptedException {
        var arrivals = events.arrivals();
        if (database.isShared() && arrivals.count() != seen) {
            Thread.sleep(NOT_YET);
        } else {
            arrivals.await(seen, database.isShared() ? POLL : IDLE);
        }
    }

    /** @return whether there may be more */
    private boolean read() {
        var from = position();
        var piece = database.read(tx -> events.after(tx, from, PIECE));
        if (piece.isEmpty()) {
            readsAgainUntil = null;
            return false;
        }
        var until = readsAgainUntil;
        if (until != null && from.compareTo(until) >= 0) {
            readsAgainUntil = null;
        }
        var workspaces = piece.stream().map(one -> one.event().workspaceId()).collect(Collectors.toSet());
        // read behind the events: a webhook that was there before one of them is seen
        var there = database.read(tx -> receivers.enabledOf(tx, workspaces)).stream()
                .collect(Collectors.groupingBy(Receiver::workspaceId));
        var made = new Made();
        for (var appended : piece) {
            for (var receiver : there.getOrDefault(appended.event().workspaceId(), List.of())) {
                if (isToBeTold(appended, receiver)) {
                    made.add(appended.event(), receiver);
                }
            }
        }
        var to = piece.getLast().position();
        if (made.fresh.isEmpty()) {
            passed(to);
        } else {
            write(made, to);
        }
        return piece.size() == PIECE;
    }

    private boolean isToBeTold(Appended appended, Receiver receiver) {
        return receiver.wants(appended.event(), appended.position().seq())
                && (readsAgainUntil == null || !appended.event().timestamp().isBefore(notBefore));
    }

    /** Where to read on from; it stands in the database. */
    private Position position() {
        var known = position;
        var from = known == null ? begin() : known;
        position = from;
        if (written == null) {
            write(new Made(), from);
        }
        return from;
    }

    private Position begin() {
        var stored = database.read(store::position);
        if (stored.isPresent() && database.read(tx -> events.isKnown(tx, stored.get()))) {
            written = stored.get();
            return stored.get();
        }
        if (stored.isPresent() && stored.get().transaction() == 0 && database.isShared()) {
            // moved from a process of its own: all that was read has a lower number, and so has nothing else
            database.write(tx -> store.startBehind(tx, stored.get().seq()));
            written = null;
            return Position.START;
        }
        // a database that was restored, or whose first node died early
        readsAgainUntil = database.read(events::end);
        notBefore = clock.instant().minus(TOLD_AGAIN);
        written = null;
        return Position.START;
    }

    /** Nothing was to be told up to there. */
    private void passed(Position to) {
        position = to;
        if (nanoTime.getAsLong() - writtenAt > WRITES_DOWN.toNanos()) {
            write(new Made(), to);
        }
    }

    private void write(Made made, Position to) {
        made.to = to;
        try {
            Database.await(database.submit(made));
        } catch (ProblemException failed) {
            made.giveBack();
            throw failed;
        }
        if (!made.moved) {
            made.giveBack();
            position = null; // another node was faster
            mine = false;
            return;
        }
        position = to;
        written = to;
        writtenAt = nanoTime.getAsLong();
        if (made.unclaimed) {
            backlog.wake();
        }
        lanes.send(made.jobs);
    }

    /** Deliveries that are made together. */
    private final class Made implements Unit {
        private final List<Fresh> fresh = new ArrayList<>();
        private final List<Job> jobs = new ArrayList<>();
        private final long sendUntil = Backlog.sendUntil(nanoTime.getAsLong());
        private final @Nullable Position from = written;
        private Position to = Position.START;
        private boolean unclaimed;
        private boolean moved;

        void add(Event event, Receiver receiver) {
            var id = ids.next("dlv_");
            var delivery = new Fresh(id, receiver, event.id(), event.type());
            fresh.add(delivery);
            // where it is read again, a delivery may be there already: then it is not this one
            if (readsAgainUntil == null && lanes.of(receiver.id()).reserve(1) == 1) {
                jobs.add(new Job(id, receiver, event, 0, 0, sendUntil));
            } else {
                unclaimed = true;
            }
        }

        void giveBack() {
            jobs.forEach(job -> lanes.of(job.receiver().id()).giveBack(1));
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            moved = store.move(tx, from, to);
            if (!moved) {
                return;
            }
            long now = due.read(tx);
            var claimed = new HashSet<String>();
            jobs.forEach(job -> claimed.add(job.id()));
            for (var one : fresh) {
                store.insert(tx, one, 0, claimed.contains(one.id()) ? self : null, now);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        }
    }
}
