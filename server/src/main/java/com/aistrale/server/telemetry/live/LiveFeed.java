package com.aistrale.server.telemetry.live;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.Events;
import com.aistrale.server.events.Events.Appended;
import com.aistrale.server.events.Position;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.TelemetryFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of inferences that ended, and their records. Each listener reads for itself and at its own pace, so
 * that a slow one is behind, and loses nothing. Thread-safe.
 */
final class LiveFeed {
    /** How long an inference that ended on another node may stay unseen. */
    private static final Duration POLL = Duration.ofMillis(500);

    /** What comes within this goes out together: under load a listener reads twenty times a second, and no more. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private static final int PIECE = 200;

    /** Who listens. */
    interface Listener {
        /** @param position behind it */
        void ended(InferenceRecord record, Position position);

        /** All up to this position has been told, or was not asked for. */
        void passed(Position position);
    }

    private final Database database;
    private final Events events;
    private final Telemetry telemetry;

    LiveFeed(Database database, Events events, Telemetry telemetry) {
        this.database = database;
        this.events = events;
        this.telemetry = telemetry;
    }

    /** Where one begins who wants what comes from now on. */
    Position end() {
        return database.read(events::end);
    }

    /** Whether this database can have given the position. */
    boolean isKnown(Position position) {
        return database.read(tx -> events.isKnown(tx, position));
    }

    /**
     * Tells the listener until {@code over}.
     *
     * @throws ProblemException {@code database_unavailable}
     */
    void follow(String workspaceId, TelemetryFilter filter, Position from, BooleanSupplier over, Listener listener)
            throws InterruptedException {
        var arrivals = events.arrivals();
        arrivals.join();
        try {
            var position = from;
            while (!over.getAsBoolean()) {
                long seen = arrivals.count();
                var at = position;
                var piece = database.read(tx -> events.after(tx, at, PIECE));
                if (!piece.isEmpty()) {
                    tell(workspaceId, filter, piece, listener);
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

    private void tell(String workspaceId, TelemetryFilter filter, List<Appended> piece, Listener listener) {
        var ids = new ArrayList<@Nullable String>(piece.size());
        for (var appended : piece) {
            ids.add(inferenceId(workspaceId, appended.event()));
        }
        var records = telemetry.among(
                workspaceId, filter, ids.stream().filter(Objects::nonNull).toList());
        for (int i = 0; i < piece.size(); i++) {
            var record = ids.get(i) == null ? null : records.get(ids.get(i));
            if (record != null) {
                listener.ended(record, piece.get(i).position());
            }
        }
    }

    /** Null for an event of something else, or of another workspace. */
    private static @Nullable String inferenceId(String workspaceId, Event event) {
        return event.workspaceId().equals(workspaceId) && event.type().startsWith("inference.")
                ? Json.parse(event.data()).path("inference_id").stringValue(null)
                : null;
    }
}
