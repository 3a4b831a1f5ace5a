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
import java.util.Map;
import java.util.Optional;
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
    private static final Duration POLL = Duration.ofSeconds(1);

    private static final Duration IDLE = Duration.ofSeconds(1);

    /** How soon it is looked again for what was announced and is not there, and then twice as late each time. */
    private static final Duration NOT_YET = Duration.ofMillis(4);

    private static final Duration ASKS_AGAIN = Duration.ofSeconds(1);

    /** A lease is kept by the node's beats: asking for it costs a commit. */
    private static final Duration ASKS_FOR_LEASE = Duration.ofSeconds(5);

    /** How long events may wait for the node that makes deliveries, until another one helps out. */
    private static final Duration PATIENCE = Duration.ofSeconds(7);

    private static final Duration HELPS = Duration.ofSeconds(10);

    /** How long at most a place that is passed without a delivery is not written down. */
    private static final Duration WRITES_DOWN = Duration.ofSeconds(5);

    /** Less than deliveries that ended are kept: so long an event cannot be told twice, whatever is read again. */
    private static final Duration TOLD_AGAIN = OldDeliveries.KEPT.minusDays(1);

    private static final int PIECE = 200;

    /** How many deliveries are made in one unit, or a few more: it is everybody's writer. */
    private static final int AT_ONCE = 500;

    /** By this name the place in the outbox is kept. */
    private static final String READER = "webhooks";

    /** No webhook is enabled. */
    private record Idle(Position end, Optional<Position> place) {}

    private final Database database;
    private final Events events;
    private final SqlDeliveryStore store;
    private final SqlReceivers receivers;
    private final Jobs jobs;
    private final Lanes lanes;
    private final Backlog backlog;
    private final Bell bell = new Bell();
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
    private long askedForLease;
    private long told;
    private long helpsUntil;
    private @Nullable Position standsAt;
    private long standsSince;
    private Optional<Position> stands = Optional.empty();
    private Duration pause = POLL;
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
            Jobs jobs,
            Lanes lanes,
            Backlog backlog,
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
        this.jobs = jobs;
        this.lanes = lanes;
        this.backlog = backlog;
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
            } catch (Throwable unexpected) { // an Error too: nobody else would go on
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
        var none = database.read(tx -> {
            // in this order: what is committed behind the end is read, whoever is enabled meanwhile
            var end = events.end(tx);
            var place = events.place(tx, READER);
            return receivers.isAnyEnabled(tx) ? null : new Idle(end, place);
        });
        anyEnabled = none == null;
        listen(anyEnabled);
        if (none != null) { // who is enabled later wants only what stands behind
            position = none.end();
            stands = none.place();
            writtenAt = now - WRITES_DOWN.toNanos() - 1;
            return;
        }
        if (!mine || now - askedForLease >= ASKS_FOR_LEASE.toNanos()) {
            askedForLease = now;
            mine = mayRun.getAsBoolean() || helps(now);
        }
        if (!mine) {
            position = null;
        }
    }

    /** Whether events wait for a node that is gone, and not known to be so yet. Two that read do no harm. */
    private boolean helps(long now) {
        if (now - helpsUntil < 0) {
            return true;
        }
        var stored = database.read(tx -> events.place(tx, READER)).orElse(null);
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
        if (!database.isShared()) {
            arrivals.await(seen, IDLE);
            return;
        }
        arrivals.await(seen, pause);
        // what was announced may not be there yet, as an older transaction runs: then it is looked again soon
        boolean woken = arrivals.count() != seen;
        pause = woken ? NOT_YET : pause.multipliedBy(2).compareTo(POLL) < 0 ? pause.multipliedBy(2) : POLL;
    }

    /** @return whether there may be more */
    private boolean read() {
        var from = position();
        var asOf = jobs.now();
        var piece = database.read(tx -> events.after(tx, from, PIECE));
        if (piece.isEmpty()) {
            readsAgainUntil = null;
            writeDown(from);
            return false;
        }
        pause = NOT_YET;
        var until = readsAgainUntil;
        if (until != null && from.compareTo(until) >= 0) {
            readsAgainUntil = null;
        }
        var workspaces = piece.stream().map(one -> one.event().workspaceId()).collect(Collectors.toSet());
        // read behind the events: a webhook that was there before one of them is seen
        var there = database.read(tx -> receivers.enabledOf(tx, workspaces)).stream()
                .collect(Collectors.groupingBy(Receiver::workspaceId));
        var made = new Made(asOf);
        try {
            var to = made.fill(piece, there);
            if (made.fresh.isEmpty()) {
                position = to;
                writeDown(to);
            } else {
                write(made, to);
            }
        } finally {
            made.giveBackUnsent();
        }
        return piece.size() == PIECE || made.isFull();
    }

    private boolean isToBeTold(Appended appended, Receiver receiver) {
        try {
            return receiver.wants(appended.event(), appended.position().seq())
                    && (readsAgainUntil == null || !appended.event().timestamp().isBefore(notBefore));
        } catch (RuntimeException unreadable) {
            LOG.error("{} cannot be told to {}", appended.event().id(), receiver.id(), unreadable);
            return false;
        }
    }

    /** Where to read on from. */
    private Position position() {
        var known = position;
        var from = known == null ? begin() : known;
        position = from;
        return from;
    }

    private Position begin() {
        var stored = database.read(tx -> events.place(tx, READER));
        stands = stored;
        if (stored.isPresent() && database.read(tx -> events.isKnown(tx, stored.get()))) {
            return stored.get();
        }
        // a database that was restored, or whose first node died early
        readsAgainUntil = database.read(events::end);
        notBefore = clock.instant().minus(TOLD_AGAIN);
        return Position.START;
    }

    /** What is passed without a delivery is noted now and then, so that nobody reads it again. */
    private void writeDown(Position to) {
        if (!stands.equals(Optional.of(to)) && nanoTime.getAsLong() - writtenAt > WRITES_DOWN.toNanos()) {
            write(new Made(jobs.now()), to);
        }
    }

    private void write(Made made, Position to) {
        made.from = stands;
        made.to = to;
        try {
            Database.await(database.submit(made));
        } catch (ProblemException failed) {
            backlog.lost(); // they may be there nevertheless, as this node's
            throw failed;
        }
        if (!made.moved) { // another node was faster
            position = null;
            mine = false;
            return;
        }
        position = to;
        stands = Optional.of(to);
        writtenAt = nanoTime.getAsLong();
        if (made.unclaimed) {
            backlog.wake();
        }
        made.sent = true;
        lanes.send(made.ready);
    }

    /** Deliveries that are made together. */
    private final class Made implements Unit {
        private final List<Fresh> fresh = new ArrayList<>();
        private final List<Job> ready = new ArrayList<>();
        private final long sendUntil = Backlog.sendUntil(nanoTime.getAsLong());
        private final Job.AsOf asOf;
        private Optional<Position> from = Optional.empty();
        private Position to = Position.START;
        private boolean unclaimed;
        private boolean moved;
        private boolean sent;

        Made(Job.AsOf asOf) {
            this.asOf = asOf;
        }

        /** @return up to where they are made */
        Position fill(List<Appended> piece, Map<String, List<Receiver>> receivers) {
            var end = piece.getFirst().position();
            for (var appended : piece) {
                if (isFull()) {
                    break;
                }
                for (var receiver : receivers.getOrDefault(appended.event().workspaceId(), List.of())) {
                    if (isToBeTold(appended, receiver)) {
                        add(appended.event(), receiver);
                    }
                }
                end = appended.position();
            }
            return end;
        }

        boolean isFull() {
            return fresh.size() >= AT_ONCE;
        }

        private void add(Event event, Receiver receiver) {
            var id = ids.next("dlv_");
            fresh.add(new Fresh(id, receiver, event.id(), event.type()));
            // where it is read again, a delivery may be there already: then it is not this one
            if (readsAgainUntil == null && lanes.of(receiver.id()).reserve(1) == 1) {
                ready.add(new Job(id, receiver, event, 0, 0, sendUntil, asOf));
            } else {
                unclaimed = true;
            }
        }

        void giveBackUnsent() {
            if (!sent) {
                ready.forEach(job -> lanes.of(job.receiver().id()).giveBack(1));
            }
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            moved = events.move(tx, READER, from, to);
            if (!moved) {
                return;
            }
            long now = due.read(tx);
            var claimed = new HashSet<String>();
            ready.forEach(job -> claimed.add(job.id()));
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
