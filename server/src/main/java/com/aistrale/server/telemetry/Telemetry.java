package com.aistrale.server.telemetry;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.kit.sql.Unit;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the record of every inference: begun rows queued, final rows waited for. Thread-safe. */
public final class Telemetry {
    private static final Logger LOG = LoggerFactory.getLogger(Telemetry.class);

    /** A page of records, newest first. @param more whether older ones follow */
    public record Page(List<InferenceRecord> records, boolean more) {}

    private final Database database;
    private final SqlInferenceStore store = new SqlInferenceStore();
    private final Events events;
    private final Ids ids;
    private final InstantSource clock;
    private final String owner;

    /** @param owner this node, told from those that ran before or run beside it on the same data */
    public Telemetry(Database database, Events events, Ids ids, InstantSource clock, String owner) {
        this.database = database;
        this.events = events;
        this.ids = ids;
        this.clock = clock;
        this.owner = owner;
    }

    /** An inference on its way to its end. */
    public final class Begun implements Unit {
        private final InferenceRecord record;
        private boolean superseded;

        private Begun(InferenceRecord record) {
            this.record = record;
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            if (!superseded) {
                store.put(tx, record, owner);
            }
        }

        @Override
        public boolean isPatient() {
            return true;
        }

        public InferenceRecord record() {
            return record;
        }

        /**
         * Writes the final row and its event, and waits until they are durable.
         *
         * @throws ProblemException {@code database_unavailable}: then no answer may leave
         */
        public void finish(InferenceRecord last) {
            Database.await(database.submit(new Finish(this, last, event(last))));
        }
    }

    /** A final row; where the begun one waits in the same batch, that need not be written. */
    private final class Finish implements Unit {
        private final Begun begun;
        private final InferenceRecord record;
        private final Event event;

        Finish(Begun begun, InferenceRecord record, Event event) {
            this.begun = begun;
            this.record = record;
            this.event = event;
        }

        @Override
        public void drained() {
            begun.superseded = true;
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            store.put(tx, record, owner);
            events.append(tx, event);
        }
    }

    private Event event(InferenceRecord record) {
        var type = record.status() == Status.COMPLETED ? "inference.completed" : "inference.failed";
        var data = Json.text(RecordJson.event(record));
        return new Event(ids.next("evt_"), record.origin().workspaceId(), type, clock.instant(), data);
    }

    /**
     * Queues the begun row, and does not wait for it; unless the last write failed: then no provider is to be paid for
     * an answer that could not be recorded.
     *
     * @throws ProblemException {@code database_unavailable} in that case, when it fails again
     */
    public Begun begin(InferenceRecord running) {
        var begun = new Begun(running);
        var durable = database.submit(begun);
        if (database.isFailing()) {
            Database.await(durable);
        }
        return begun;
    }

    /** What nodes that are gone left running is named {@code interrupted}. */
    public void interruptOrphans(Tx tx) {
        int count = store.interrupt(tx, clock.instant());
        if (count > 0) {
            LOG.warn("{} inferences were running when their server ended; they are recorded as interrupted", count);
        }
    }

    /** @throws ProblemException {@code not_found} */
    public InferenceRecord get(String workspaceId, String id) {
        return database.read(tx -> store.byId(tx, workspaceId, id))
                .orElseThrow(
                        () -> Problem.of(ProblemCode.NOT_FOUND, "There is no inference " + id + " in this workspace.")
                                .exception());
    }

    public Page list(String workspaceId, TelemetryQuery query) {
        var from = query.since() == null ? null : floor(query.since());
        var until = query.until() == null ? null : floor(query.until());
        var below = lower(until, query.before());
        var records = database.read(tx -> store.list(tx, workspaceId, query, from, below, query.limit() + 1));
        boolean more = records.size() > query.limit();
        return new Page(more ? records.subList(0, query.limit()) : records, more);
    }

    private static String floor(Instant time) {
        return Ids.floor("inf_", time);
    }

    private static @Nullable String lower(@Nullable String a, @Nullable String b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.compareTo(b) <= 0 ? a : b;
    }
}
