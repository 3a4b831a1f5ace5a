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
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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
    private final SqlInferenceList rows = new SqlInferenceList();
    private final SqlContentStore contents = new SqlContentStore();
    private final SqlTraceStore traces = new SqlTraceStore();
    private final Arrivals arrivals = new Arrivals();
    private final CaptureSetting capture;
    private final Events events;
    private final Ids ids;
    private final InstantSource clock;
    private final String owner;
    private final Unrecorded unrecorded;

    /** @param owner this node, told from those that ran before or run beside it on the same data */
    public Telemetry(Database database, Events events, Ids ids, InstantSource clock, String owner) {
        this.database = database;
        this.events = events;
        this.ids = ids;
        this.clock = clock;
        this.owner = owner;
        this.capture = new CaptureSetting(
                workspaceId -> database.read(tx -> contents.captures(tx, workspaceId)), System::nanoTime);
        this.unrecorded = new Unrecorded(database, this::late, arrivals::signal);
    }

    /** Who wants to know at once of an inference that ended here. */
    public Arrivals arrivals() {
        return arrivals;
    }

    /** An inference on its way to its end. */
    public final class Begun implements Unit {
        private final InferenceRecord record;
        private final BooleanSupplier keepsContent;
        private boolean superseded;
        private boolean again;

        private Begun(InferenceRecord record, BooleanSupplier keepsContent) {
            this.record = record;
            this.keepsContent = keepsContent;
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            boolean looks = again;
            again = true;
            if (!superseded) {
                put(tx, record, looks);
            }
        }

        @Override
        public boolean isPatient() {
            return true;
        }

        public InferenceRecord record() {
            return record;
        }

        /** As {@link #finish(InferenceRecord, Supplier)}, of an inference in which nothing is said that could be kept. */
        public void finish(InferenceRecord last) {
            finish(last, (Content) null);
        }

        private void finish(InferenceRecord last, @Nullable Content content) {
            try {
                Database.await(database.submit(new Finish(this, last, event(last), content)));
            } catch (ProblemException failed) {
                unrecorded.keep(last);
                throw failed;
            }
            arrivals.signal();
        }

        /**
         * Writes the final row, its event and, where the workspace keeps it, its content, and waits until they are durable.
         *
         * @param content asked only where it is kept
         * @throws ProblemException {@code database_unavailable}: then no answer may leave; that it failed is recorded
         *     when the database takes writes again
         */
        public void finish(InferenceRecord last, Supplier<Content> content) {
            finish(last, keepsContent.getAsBoolean() ? content.get() : null);
        }
    }

    /** A final row; where the begun one waits in the same batch, that need not be written. */
    private final class Finish implements Unit {
        private final Begun begun;
        private final InferenceRecord record;
        private final Event event;
        private final @Nullable Content content;
        private boolean again;

        Finish(Begun begun, InferenceRecord record, Event event, @Nullable Content content) {
            this.begun = begun;
            this.record = record;
            this.event = event;
            this.content = content;
        }

        @Override
        public void drained() {
            begun.superseded = true;
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            boolean looks = again;
            again = true;
            boolean ends = put(tx, record, looks);
            if (!ends) {
                store.correct(tx, record, owner);
            }
            if (content != null) {
                contents.put(tx, record.origin().workspaceId(), record.id(), content);
            }
            if (ends) { // else its end was told
                events.append(tx, event);
            }
        }
    }

    /** An end that comes late: another one may be there, which who follows the events has heard of. */
    private Unit late(InferenceRecord record) {
        var event = event(record);
        return tx -> {
            if (put(tx, record, true)) {
                events.append(tx, event);
            } else { // by others, who took this node for gone: they know of no cost
                store.correct(tx, record, owner);
            }
        };
    }

    /**
     * Nearly every record is of an inference that runs, so the first time that is not looked at: where it is untrue, as
     * another node took this one for gone, the unit is applied again.
     *
     * @return false when the inference has ended
     */
    private boolean put(Tx tx, InferenceRecord record, boolean looks) throws SQLException {
        boolean runs = true;
        if (looks) {
            runs = store.putNow(tx, record, owner);
        } else {
            store.put(tx, record, owner);
        }
        var trace = record.origin().trace();
        if (trace != null) {
            traces.seen(tx, record.origin().workspaceId(), trace.traceId(), record.createdAt());
        }
        return runs;
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
        var begun = new Begun(running, capture.of(running.origin().workspaceId()));
        var durable = database.submit(begun);
        if (database.isFailing()) {
            try {
                Database.await(durable);
            } catch (ProblemException failed) {
                if (Database.isOutcomeUnknown(failed)) { // a row that runs may be there, of which nobody knows
                    unrecorded.keep(Unrecorded.neverRan(running));
                }
                throw failed;
            }
        }
        return begun;
    }

    /** What nodes that are gone left running is named {@code interrupted}: that is its end, and has its event. */
    public void interruptOrphans(Tx tx) throws SQLException {
        var orphans = store.interrupt(tx, clock.instant());
        for (var orphan : orphans) {
            var record = rows.byId(tx, orphan.workspaceId(), orphan.id());
            if (record.isPresent()) {
                events.append(tx, event(record.get()));
            }
        }
        if (!orphans.isEmpty()) {
            LOG.warn(
                    "{} inferences were running when their server ended; they are recorded as interrupted",
                    orphans.size());
        }
    }

    /** @throws ProblemException {@code not_found} */
    public InferenceRecord get(String workspaceId, String id) {
        return database.read(tx -> rows.byId(tx, workspaceId, id))
                .orElseThrow(
                        () -> Problem.of(ProblemCode.NOT_FOUND, "There is no inference " + id + " in this workspace.")
                                .exception());
    }

    /** What was said in an inference; empty where that was not kept. */
    public Optional<Content> content(String workspaceId, String id) {
        return database.read(tx -> contents.byId(tx, workspaceId, id));
    }

    /** What was said in those of these inferences of which it was kept, by id. */
    public Map<String, Content> contents(String workspaceId, List<String> ids) {
        return ids.isEmpty() ? Map.of() : database.read(tx -> contents.among(tx, workspaceId, ids));
    }

    /** Whether this workspace keeps what is said, at most two seconds late. */
    public boolean captures(String workspaceId) {
        return capture.isOn(workspaceId);
    }

    /** Newest first. */
    public Page list(String workspaceId, TelemetryQuery query) {
        var records =
                database.read(tx -> rows.newest(tx, workspaceId, query.filter(), query.before(), query.limit() + 1));
        boolean more = records.size() > query.limit();
        return new Page(more ? records.subList(0, query.limit()) : records, more);
    }

    /** Those of these inferences that pass the filter, by id. */
    public Map<String, InferenceRecord> among(String workspaceId, TelemetryFilter filter, List<String> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return database.read(tx -> rows.among(tx, workspaceId, filter, ids)).stream()
                .collect(Collectors.toMap(InferenceRecord::id, Function.identity()));
    }

    /** What was run within a trace, oldest first. */
    public List<InferenceRecord> ofTrace(String workspaceId, String traceId, int limit) {
        return database.read(tx -> rows.ofTrace(tx, workspaceId, traceId, limit));
    }
}
