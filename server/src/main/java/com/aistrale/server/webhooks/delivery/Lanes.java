package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
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

    private final Sender sender;
    private final Payload payload;
    private final Settlement settlement;
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
            Sender sender,
            Payload payload,
            Settlement settlement,
            Figures figures,
            LongSupplier nanoTime,
            Listener listener) {
        this.sender = sender;
        this.payload = payload;
        this.settlement = settlement;
        this.figures = figures;
        this.nanoTime = nanoTime;
        this.listener = listener;
    }

    Lane of(String webhookId) {
        return lanes.computeIfAbsent(webhookId, first -> new Lane());
    }

    /** Sends these, for each of which there was room reserved. */
    void send(List<Job> jobs) {
        var byWebhook = new HashMap<String, List<Job>>();
        for (var job : jobs) {
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
            } catch (RuntimeException unexpected) {
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

    /** @return whether it arrived */
    private boolean send(Job job, Lane lane) {
        if (stopping) {
            return false;
        }
        if (job.isTooLate(nanoTime.getAsLong())) { // it is due again when its lease ends
            listener.lost();
            return false;
        }
        var outcome = attempt(job);
        if (closed) {
            return false; // broken off, perhaps: it has no attempt, and is due again
        }
        figures.count(outcome);
        var noted = settlement.note(job, outcome, lane.failedLast());
        var _ = noted.durable().whenComplete((nothing, failed) -> {
            if (failed == null && noted.next() != null) {
                listener.due(noted.next());
            } else if (failed != null) {
                listener.lost();
                LOG.warn(
                        "what came of an attempt at {} could not be noted, so it is made again: {}",
                        job.id(),
                        failed.getMessage());
            }
        });
        return outcome.isDelivered();
    }

    /** One attempt, of which nothing is noted. */
    Outcome attempt(Job job) {
        byte[] body;
        try {
            body = payload.bytes(job.receiver(), job.event());
        } catch (ProblemException unavailable) {
            throw new IllegalStateException("the content cannot be read: " + unavailable.getMessage(), unavailable);
        }
        return sender.send(job.receiver(), job.event().id(), body);
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
