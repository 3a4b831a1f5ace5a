package com.aistrale.server.routing;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Circuits that open and close, as durable rows and events: one {@code provider.failed} while any node has it open, and one
 * {@code provider.recovered} when the first finds that it answers again. They are written in order, beside the calls; while
 * the database is away, they wait for it. Thread-safe.
 */
public final class Openings implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Openings.class);
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** After so many in a row one is dropped, as others wait behind it. */
    private static final int REFUSALS = 3;

    /** How long rows of circuits that are closed are kept. */
    static final Duration KEPT = Duration.ofDays(30);

    private static final int BATCH = 100;

    private final Database database;
    private final Events events;
    private final Ids ids;
    private final String node;
    private final SqlOpeningStore store = new SqlOpeningStore();
    private final LinkedBlockingDeque<Turn> turns = new LinkedBlockingDeque<>();
    private final AtomicInteger pending = new AtomicInteger();
    private volatile @Nullable Thread thread;
    private volatile boolean failing;
    private volatile boolean closed;

    /** @param node this one's id, see {@code nodes.Nodes} */
    public Openings(Database database, Events events, Ids ids, String node) {
        this.database = database;
        this.events = events;
        this.ids = ids;
        this.node = node;
    }

    /** Takes what is to be written, and returns at once. */
    void add(Turn turn) {
        pending.incrementAndGet();
        turns.add(turn);
        if (thread == null) {
            start();
        }
    }

    /** How many changes are not written yet. */
    int pending() {
        return pending.get();
    }

    /** Whether the last one could not be written. */
    boolean isFailing() {
        return failing;
    }

    private synchronized void start() {
        if (thread == null && !closed) {
            thread = Thread.ofVirtual().name("circuits").start(this::run);
        }
    }

    private void run() {
        try {
            int refusals = 0;
            while (!closed) {
                var turn = turns.takeFirst();
                var failed = tryWrite(turn);
                refusals = failed != null && Database.isRefused(failed) ? refusals + 1 : 0;
                if (failed == null) {
                    continue;
                }
                if (refusals < REFUSALS) {
                    turns.putFirst(turn);
                    Thread.sleep(AGAIN);
                } else {
                    drop(turn, failed);
                    refusals = 0;
                }
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    /** Others wait behind it. */
    private void drop(Turn turn, ProblemException refused) {
        failing = false;
        pending.decrementAndGet();
        var cause = refused.getCause() == null ? refused : refused.getCause();
        LOG.warn(
                "it is not recorded that the circuit of {} of {} changed, as the database refuses it: {}",
                turn.place().name(),
                turn.place().workspaceId(),
                cause.getMessage());
    }

    /** @return why not */
    private @Nullable ProblemException tryWrite(Turn turn) {
        try {
            if (database.write(tx -> write(tx, turn))) {
                log(turn);
            }
            failing = false;
            pending.decrementAndGet();
            return null;
        } catch (ProblemException unavailable) {
            if (!failing && !closed) {
                LOG.warn("cannot record that a circuit changed, and go on trying: {}", unavailable.getMessage());
            }
            failing = true;
            return unavailable;
        }
    }

    /**
     * Once more is the same as once: nobody knows whether a commit came through whose answer was lost.
     *
     * @return whether this node is the first to say so
     */
    private boolean write(Tx tx, Turn turn) throws SQLException {
        return switch (turn) {
            case Turn.Failing(var opening) -> failing(tx, opening);
            case Turn.Recovered(var place, var at) -> recovered(tx, place, at);
            case Turn.Dropped(var place, var at) -> store.drop(tx, place, at, node);
        };
    }

    private boolean failing(Tx tx, Opening opening) throws SQLException {
        if (!store.add(tx, opening, node)) {
            store.goOn(tx, opening, node);
            return false;
        }
        tx.lock("circuit_opening"); // two nodes that delete the same rows would wait for each other
        store.deleteClosed(tx, opening.openedAt().minus(KEPT), BATCH);
        var data = about(opening.place())
                .put("reason", opening.reason())
                .put("failure_rate", opening.failureRate())
                .put("window_ms", Health.WINDOW_MS)
                .put("retry_at", Json.time(opening.retryAt()));
        append(tx, opening.place(), "provider.failed", opening.openedAt(), data);
        return true;
    }

    private boolean recovered(Tx tx, Place place, Instant at) throws SQLException {
        var openedAt = store.close(tx, place, at);
        if (openedAt.isEmpty()) {
            return false;
        }
        append(tx, place, "provider.recovered", at, about(place).put("opened_at", Json.time(openedAt.get())));
        return true;
    }

    private static void log(Turn turn) {
        var name = turn.place().name();
        var workspaceId = turn.place().workspaceId();
        switch (turn) {
            case Turn.Failing(var opening) ->
                LOG.warn("{} is not asked for {} for now: {}", name, workspaceId, opening.reason());
            case Turn.Recovered recovered -> LOG.info("{} answers {} again", name, workspaceId);
            case Turn.Dropped dropped ->
                LOG.info("{} of {} was not asked for long and is forgotten", name, workspaceId);
        }
    }

    private static ObjectNode about(Place place) {
        return Json.object().put("provider", place.provider()).put("model", place.model());
    }

    private void append(Tx tx, Place place, String type, Instant at, ObjectNode data) throws SQLException {
        events.append(tx, new Event(ids.next("evt_", at), place.workspaceId(), type, at, Json.text(data)));
    }

    /** Takes over what nodes held open that are gone, so that it is told once that it failed, and once that it answers. */
    public void inherit(Tx tx, Circuits circuits) {
        var left = store.inherit(tx, node);
        left.forEach(circuits::inherit);
        if (!left.isEmpty()) {
            LOG.info("{} circuits were open when their servers ended", left.size());
        }
    }

    /** Of a deleted workspace. @return how many rows were deleted, at most {@code most} */
    public int deleteBatch(String workspaceId, int most) {
        return database.write(tx -> store.deleteOf(tx, workspaceId, most));
    }

    /** Writes what is left, if the database takes it. */
    @Override
    public void close() {
        Thread last;
        synchronized (this) {
            closed = true;
            last = thread;
        }
        if (last == null) {
            return;
        }
        last.interrupt();
        try {
            last.join();
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
        for (var turn = turns.poll(); turn != null; turn = turns.poll()) {
            var failed = tryWrite(turn);
            if (failed != null && Database.isRefused(failed)) {
                drop(turn, failed);
            } else if (failed != null) {
                LOG.warn("{} changes of circuits are not recorded", pending.get());
                return;
            }
        }
    }
}
