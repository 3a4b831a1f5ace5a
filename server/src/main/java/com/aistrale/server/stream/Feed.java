package com.aistrale.server.stream;

import com.aistrale.server.events.Events;
import com.aistrale.server.events.Events.Appended;
import com.aistrale.server.events.Position;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Reads the outbox for those who listen. Each of them reads for itself and at its own pace, so that a slow one is behind,
 * and loses nothing. Thread-safe.
 */
final class Feed {
    /** How long what another node appended may stay unseen. */
    private static final Duration POLL = Duration.ofMillis(500);

    /** What comes within this goes out together: under load a listener reads twenty times a second, and no more. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private static final int PIECE = 200;

    /** Who listens. */
    interface Listener {
        /** The next events of all workspaces, in their order. */
        void came(List<Appended> events);

        /** All up to this position has been told, or was not asked for. */
        void passed(Position position);
    }

    private final Database database;
    private final Events events;

    Feed(Database database, Events events) {
        this.database = database;
        this.events = events;
    }

    /** Where one begins who wants what comes from now on. */
    Position end() {
        return database.read(events::end);
    }

    /** Whether this database can have given the position. */
    boolean isKnown(Position position) {
        return database.read(tx -> events.isKnown(tx, position));
    }

    /** Has all who follow look whether it is over. */
    void wake() {
        events.arrivals().wake();
    }

    /**
     * Tells the listener until {@code over}.
     *
     * @throws ProblemException {@code database_unavailable}
     */
    void follow(Position from, BooleanSupplier over, Listener listener) throws InterruptedException {
        var arrivals = events.arrivals();
        arrivals.join();
        try {
            var position = from;
            while (!over.getAsBoolean()) {
                long seen = arrivals.count();
                var at = position;
                var piece = database.read(tx -> events.after(tx, at, PIECE));
                if (!piece.isEmpty()) {
                    listener.came(piece);
                    position = piece.getLast().position();
                    listener.passed(position);
                }
                if (piece.size() < PIECE) {
                    arrivals.await(seen, POLL);
                    Thread.sleep(PAUSE);
                }
            }
        } finally {
            arrivals.leave();
        }
    }
}
