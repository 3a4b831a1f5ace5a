package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.webhooks.delivery.Settlement.Noted;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends what this node has claimed, each webhook's in a {@link Lane} of its own. Thread-safe. */
final class Lanes {
    private static final Logger LOG = LoggerFactory.getLogger(Lanes.class);

    /** What an attempt has to end when the server stops: one that is broken off is made again. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    private static final Duration LOOKS_AGAIN = Duration.ofMillis(100);
    private static final byte[] NOTHING = {};

    private final Database database;
    private final Sender sender;
    private final Payload payload;
    private final Settlement settlement;
    private final Jobs jobs;
    private final InstantSource clock;
    private final Figures figures;
    private final LongSupplier nanoTime;
    private final Listener listener;
    private final ConcurrentMap<String, Lane> lanes = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("webhook-", 0).factory());
    private volatile boolean stopping;
    private volatile boolean closed;

    /** Who claims more. */
    interface Listener {
        /** There is room again. */
        void hasRoom();

        /** A delivery is to be tried again. @param at by {@link DueClock} */
        void due(long at);

        /** A delivery is in nobody's hands any more, and due when its lease ends. */
        void lost();
    }

    Lanes(
            Database database,
            Sender sender,
            Payload payload,
            Settlement settlement,
            Jobs jobs,
            InstantSource clock,
            Figures figures,
            LongSupplier nanoTime,
            Listener listener) {
        this.database = database;
        this.sender = sender;
        this.payload = payload;
        this.settlement = settlement;
        this.jobs = jobs;
        this.clock = clock;
        this.figures = figures;
        this.nanoTime = nanoTime;
        this.listener = listener;
    }

    Lane of(String webhookId) {
        return lanes.computeIfAbsent(webhookId, first -> new Lane());
    }

    /** All lanes but these have nothing to claim. */
    void caughtUpBut(Set<String> claimable) {
        lanes.forEach((id, lane) -> {
            if (!claimable.contains(id)) {
                lane.caughtUp();
            }
        });
    }

    /** Sends these, for each of which there was room reserved. */
    void send(List<Job> claimed) {
        var byWebhook = new HashMap<String, List<Job>>();
        for (var job : claimed) {
            byWebhook
                    .computeIfAbsent(job.receiver().id(), first -> new ArrayList<>())
                    .add(job);
        }
        byWebhook.forEach((id, some) -> {
            var lane = of(id);
            for (int more = lane.add(some); more > 0; more--) {
                begin(lane);
            }
        });
    }

    private void begin(Lane lane) {
        try {
            threads.execute(() -> work(lane));
        } catch (RejectedExecutionException stopped) {
            LOG.debug("deliveries that were just claimed are left for the next start", stopped);
        }
    }

    private void work(Lane lane) {
        for (var job = lane.next(); job != null; job = lane.next()) {
            boolean delivered = false;
            try {
                delivered = send(job, lane);
            } catch (Throwable unexpected) { // an Error too: the lane goes on
                listener.lost();
                LOG.error("the delivery {} failed, and is tried again when its lease ends", job.id(), unexpected);
            } finally {
                lane.ended(delivered);
            }
            if (lane.wantsMore()) {
                listener.hasRoom();
            }
        }
    }

    /** @return whether it arrived; when that is durable, so that who is killed has {@link Lane#AT_ONCE} to send again */
    private boolean send(Job claimed, Lane lane) {
        if (stopping) {
            return false;
        }
        if (claimed.isTooLate(nanoTime.getAsLong())) { // it is due again when its lease ends
            listener.lost();
            return false;
        }
        if (!awaitsDatabase(claimed)) {
            listener.lost();
            return false;
        }
        Job job;
        byte[] body;
        try {
            job = jobs.current(claimed).orElse(null);
            body = job == null ? NOTHING : payload.bytes(job.receiver(), job.event());
        } catch (ProblemException unavailable) { // the database is away: so is what is to be sent
            LOG.debug("the delivery {} waits for its lease to end", claimed.id(), unavailable);
            listener.lost();
            return false;
        }
        if (job == null) {
            return false;
        }
        var outcome = attempt(job, body);
        if (closed && !outcome.isDelivered()) {
            return false; // broken off, perhaps: it has no attempt, and is due again
        }
        figures.count(outcome);
        settle(job, outcome, lane.failedLast());
        return outcome.isDelivered();
    }

    /** While nothing can be noted nothing is sent: all of it would come again. @return whether there is still time for it */
    private boolean awaitsDatabase(Job job) {
        while (database.isFailing()) {
            if (stopping || job.isTooLate(nanoTime.getAsLong())) {
                return false;
            }
            try {
                Thread.sleep(LOOKS_AGAIN);
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    /** One attempt, of which nothing is noted. */
    Outcome attempt(Job job) {
        return attempt(job, payload.bytes(job.receiver(), job.event()));
    }

    /** An attempt that fails for a mistake of ours is one, too: else it would be made for ever. */
    private Outcome attempt(Job job, byte[] body) {
        try {
            return sender.send(job.receiver(), job.event().id(), body);
        } catch (RuntimeException mistake) {
            LOG.error("an attempt at {} failed", job.id(), mistake);
            return Outcome.mistake(clock.millis());
        }
    }

    /** Notes it, and waits until that is durable. */
    void settle(Job job, Outcome outcome, boolean wasFailing) {
        var noted = settlement.note(job, outcome, wasFailing);
        try {
            await(noted);
        } catch (ExecutionException failed) {
            LOG.warn("what came of an attempt at {} could not be noted: {}", job.id(), failed.getMessage());
            if (!Database.isRefusal(failed.getCause())) {
                listener.lost(); // so it is made again
                return;
            }
            try {
                await(settlement.noteBarely(job, outcome));
            } catch (ExecutionException again) {
                listener.lost();
            }
        }
    }

    private void await(Noted noted) throws ExecutionException {
        try {
            noted.durable().get();
            if (noted.next() != null) {
                listener.due(noted.next());
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /** Begins nothing more, and gives what is under way a while to end. */
    void stop() {
        stopping = true;
        threads.shutdown();
        try {
            var _ = threads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
        closed = true;
    }
}
