package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Claimed;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Pending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims what is due and was not sent at once: because its webhook was busy, or a node ended, or it is tried again. Each
 * node does, for the webhooks of which it has little in hand. What was never tried goes first, so that live events
 * overtake old retries.
 */
final class Backlog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

    /** How long what other nodes left may stay unseen. */
    private static final Duration POLL = Duration.ofSeconds(1);

    /** And where nothing is known to wait: what others leave is found so late. */
    private static final Duration IDLE_POLL = Duration.ofSeconds(3);

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
    private static final long LONG = Duration.ofMillis(5).toNanos();
    private static final long LONGEST_REST = Duration.ofMillis(50).toNanos();
    private static final int MOST = 200;
    private static final int ENDED_AT_ONCE = 500;

    /** Where nothing is due, looking takes a twentieth of the time at most. */
    private static final int LOOKS_SELDOM = 20;

    /** From a claim: for so long an attempt may begin. It takes as long as {@link Sender#DEADLINE} at most. */
    private static final long BEGINS_WITHIN = Duration.ofMillis(SqlDeliveryStore.LEASE_MILLIS)
            .minus(Sender.DEADLINE.multipliedBy(2))
            .toNanos();

    private final Database database;
    private final SqlDeliveryStore store;
    private final Jobs jobs;
    private final Lanes lanes;
    private final DueClock due;
    private final String self;
    private final LongSupplier nanoTime;
    private final Bell bell = new Bell();

    /** When the first retry that this node knows of is due. */
    private final AtomicLong nextDue = new AtomicLong(Long.MAX_VALUE);

    private final Thread thread;
    private volatile boolean closed;

    Backlog(
            Database database,
            SqlDeliveryStore store,
            Jobs jobs,
            Lanes lanes,
            DueClock due,
            String self,
            LongSupplier nanoTime) {
        this.database = database;
        this.store = store;
        this.jobs = jobs;
        this.lanes = lanes;
        this.due = due;
        this.self = self;
        this.nanoTime = nanoTime;
        this.thread = Thread.ofVirtual().name("webhook-backlog").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Until when an attempt may begin at what is claimed now. */
    static long sendUntil(long nanoTime) {
        return nanoTime + BEGINS_WITHIN;
    }

    /** Something is due now. */
    void wake() {
        bell.ring();
    }

    /** Something is due then. */
    void due(long at) {
        if (nextDue.getAndAccumulate(at, Math::min) > at) {
            bell.ring(); // it may be sooner than what is waited for
        }
    }

    /** A delivery is in nobody's hands any more: due when its lease ends, at the latest. */
    void lost() {
        due(due.now() + SqlDeliveryStore.LEASE_MILLIS);
    }

    private void run() {
        boolean failing = false;
        boolean corrected = database.isShared(); // whose clock is the database's
        while (!closed) {
            try {
                if (!corrected) {
                    correct();
                    corrected = true;
                }
                bell.await(claim());
                failing = false;
            } catch (InterruptedException end) {
                return;
            } catch (ProblemException unavailable) {
                if (!failing) {
                    LOG.warn("deliveries are not looked for: {}", unavailable.getMessage());
                }
                failing = true;
                pause();
            } catch (Throwable unexpected) { // an Error too: nobody else would go on
                LOG.error("deliveries cannot be claimed; tried again in a second", unexpected);
                pause();
            }
        }
    }

    /** A machine that started with a clock ahead had what fails wait until then. */
    private void correct() {
        long latest = due.now() + Schedule.LONGEST.toMillis();
        if (database.read(tx -> store.isIncorrect(tx, latest))) {
            int corrected = database.write(tx -> store.correct(tx, due.read(tx), latest));
            LOG.warn("{} deliveries were due by a clock that was ahead; they are due now", corrected);
        }
    }

    /** As long as a look took that took long: with thousands of webhooks behind, others have half of the time. */
    private static void rest(long nanos) throws InterruptedException {
        if (nanos > LONG) {
            Thread.sleep(Duration.ofNanos(Math.min(nanos, LONGEST_REST)));
        }
    }

    private void pause() {
        try {
            Thread.sleep(AFTER_FAILURE);
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    /** Claims what there is room for. @return how long nothing more is to be done, unless the bell rings */
    private Duration claim() throws InterruptedException {
        nextDue.set(Long.MAX_VALUE);
        long begin = nanoTime.getAsLong();
        var pending = database.read(tx -> {
            due.read(tx);
            return store.pending(tx);
        });
        long took = nanoTime.getAsLong() - begin;
        rest(took);
        long now = due.now();
        long next = Long.MAX_VALUE;
        boolean more = false;
        var claimable = new ArrayList<Pending>();
        for (var webhook : pending) {
            var unwanted = webhook.unwanted();
            if (unwanted != null) {
                more |= end(webhook.webhookId(), unwanted);
            } else if (webhook.next() > now) {
                next = Math.min(next, webhook.next());
            } else {
                claimable.add(webhook);
            }
        }
        lanes.caughtUpBut(claimable.stream().map(Pending::webhookId).collect(Collectors.toSet()));
        claimable.sort(Comparator.comparingLong(Pending::next));
        if (!claimable.isEmpty()) {
            more |= claim(claimable);
        }
        if (more) {
            return Duration.ZERO;
        }
        long wait = Math.min(next, nextDue.get());
        var longest = database.isShared() || !pending.isEmpty()
                ? Duration.ofNanos(Math.max((pending.isEmpty() ? IDLE_POLL : POLL).toNanos(), took * LOOKS_SELDOM))
                : Duration.ofDays(1);
        return wait == Long.MAX_VALUE
                ? longest
                : Duration.ofMillis(Math.clamp(wait - due.now() + 1, 1, longest.toMillis()));
    }

    /** Ends what is pending of a webhook that is told nothing any more. @return whether there is more to end */
    private boolean end(String webhookId, DeliveryError reason) {
        return database.write(tx -> store.end(tx, webhookId, reason, due.read(tx), ENDED_AT_ONCE)) == ENDED_AT_ONCE;
    }

    /** @return whether there was more than one batch takes */
    private boolean claim(List<Pending> claimable) {
        var room = new HashMap<String, Integer>();
        int fair = Math.max(Lane.AT_ONCE, MOST / claimable.size());
        int left = MOST;
        for (var webhook : claimable) {
            var lane = lanes.of(webhook.webhookId());
            int reserved = left > 0 && lane.hasRoom() ? lane.reserve(Math.min(left, fair)) : 0;
            if (reserved > 0) {
                room.put(webhook.webhookId(), reserved);
                left -= reserved;
            } else {
                lane.fallBehind();
            }
        }
        if (room.isEmpty()) {
            return false;
        }
        var ready = List.<Job>of();
        var claimedOf = new HashMap<String, Integer>();
        boolean full = false;
        try {
            long sendUntil = sendUntil(nanoTime.getAsLong());
            var claimed = database.write(tx -> claimed(tx, claimable, room, due.read(tx)));
            claimed.forEach(one -> claimedOf.merge(one.webhookId(), 1, Integer::sum));
            ready = jobs.of(claimed, sendUntil);
            full = left == 0 && !claimed.isEmpty();
        } finally {
            giveBack(room, ready);
        }
        claimable.forEach(webhook -> tellLane(webhook, room, claimedOf));
        lanes.send(ready);
        return full;
    }

    /** Where as much was there as there was room for, there may be more. */
    private void tellLane(Pending webhook, Map<String, Integer> room, Map<String, Integer> claimedOf) {
        var lane = lanes.of(webhook.webhookId());
        var reserved = room.get(webhook.webhookId());
        if (reserved == null) {
            return;
        }
        if (claimedOf.getOrDefault(webhook.webhookId(), 0) >= reserved) {
            lane.fallBehind();
        } else {
            lane.caughtUp();
        }
    }

    private List<Claimed> claimed(Tx tx, List<Pending> claimable, Map<String, Integer> room, long now) {
        var all = new ArrayList<Claimed>();
        for (var webhook : claimable) {
            int most = room.getOrDefault(webhook.webhookId(), 0);
            if (most > 0 && webhook.live() != null && webhook.live() <= now) {
                var live = store.claim(tx, webhook.webhookId(), false, self, now, most);
                all.addAll(live);
                most -= live.size();
            }
            if (most > 0 && webhook.retry() != null && webhook.retry() <= now) {
                all.addAll(store.claim(tx, webhook.webhookId(), true, self, now, most));
            }
        }
        return all;
    }

    private void giveBack(Map<String, Integer> room, List<Job> ready) {
        var used = new HashMap<String, Integer>();
        ready.forEach(job -> used.merge(job.receiver().id(), 1, Integer::sum));
        room.forEach((id, reserved) -> lanes.of(id).giveBack(reserved - used.getOrDefault(id, 0)));
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
