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
    private final CaptureSetting capture;
    private final Events events;
    private final Ids ids;
    private final InstantSource clock;
    private final String owner;
    private final Ends ends;
    private final Unrecorded unrecorded;

    /** With nothing else that ends with an inference. */
    public Telemetry(Database database, Events events, Ids ids, InstantSource clock, String owner) {
        this(database, events, ids, clock, owner, Ends.NONE);
    }

    /**
     * @param owner this node, told from those that ran before or run beside it on the same data
     * @param ends what else becomes true with an inference's end
     */
    public Telemetry(Database database, Events events, Ids ids, InstantSource clock, String owner, Ends ends) {
        this.database = database;
        this.events = events;
        this.ids = ids;
        this.clock = clock;
        this.owner = owner;
        this.ends = ends;
        this.capture = new CaptureSetting(
                workspaceId -> database.read(tx -> contents.captures(tx, workspaceId)), System::nanoTime);
        this.unrecorded = new Unrecorded(database, this::late);
    }

    /** An inference on its way to its end. */
    public final class Begun implements Unit {
        private final InferenceRecord record;
        private final BooleanSupplier keepsContent;
        private final List<Condition> conditions;
        private boolean superseded;
        private boolean again;

        /** Set before the commit that is waited for. */
        private @Nullable RuntimeException refusal;

        private Begun(InferenceRecord record, BooleanSupplier keepsContent, List<Condition> conditions) {
            this.record = record;
            this.keepsContent = keepsContent;
            this.conditions = conditions;
        }

        @Override
        public void announce(Tx tx) {
            for (var condition : conditions) {
                condition.announce(tx);
            }
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            boolean looks = again;
            again = true;
            refusal = refusal(tx, conditions);
            if (!superseded && refusal == null) {
                put(tx, record, looks);
            }
        }

        @Override
        public boolean isPatient() {
            return conditions.isEmpty();
        }

        public InferenceRecord record() {
            return record;
        }

        /** As {@link #finish(InferenceRecord, Supplier, Unit)}, of an inference in which nothing is said that could be kept. */
        public void finish(InferenceRecord last) {
            finish(last, (Content) null, null);
        }

        private void finish(InferenceRecord last, @Nullable Content content, @Nullable Unit with) {
            try {
                Database.await(database.submit(new Finish(this, last, content, with)));
            } catch (ProblemException failed) {
                unrecorded.keep(last);
                throw failed;
            }
        }

        /**
         * Writes the final row, its event and, where the workspace keeps it, its content, and waits until they are durable.
         *
         * @param content asked only where it is kept
         * @param with what else is written with it, or null
         * @throws ProblemException {@code database_unavailable}: then no answer may leave; that it failed is recorded
         *     when the database takes writes again
         */
        public void finish(InferenceRecord last, Supplier<Content> content, @Nullable Unit with) {
            finish(last, keepsContent.getAsBoolean() ? content.get() : null, with);
        }
    }

    /** Holds all conditions, or none. */
    private static @Nullable RuntimeException refusal(Tx tx, List<Condition> conditions) throws SQLException {
        for (int i = 0; i < conditions.size(); i++) {
            var refusal = conditions.get(i).hold(tx);
            if (refusal != null) {
                for (int held = i - 1; held >= 0; held--) {
                    conditions.get(held).giveBack(tx);
                }
                return refusal;
            }
        }
        return null;
    }

    /**
     * Holds more for an inference that has begun, such as another provider's budget; waits for the commit.
     *
     * @throws RuntimeException what a condition says that does not hold; then nothing was written
     */
    public void hold(List<Condition> conditions) {
        if (conditions.isEmpty()) {
            return;
        }
        var holding = new Holding(conditions);
        Database.await(database.submit(holding));
        if (holding.refusal != null) {
            throw holding.refusal;
        }
    }

    private static final class Holding implements Unit {
        private final List<Condition> conditions;

        /** Set before the commit that is waited for. */
        private @Nullable RuntimeException refusal;

        Holding(List<Condition> conditions) {
            this.conditions = conditions;
        }

        @Override
        public void announce(Tx tx) {
            conditions.forEach(condition -> condition.announce(tx));
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            refusal = refusal(tx, conditions);
        }
    }

    /** A final row; where the begun one waits in the same batch, that need not be written. */
    private final class Finish implements Unit {
        private final Begun begun;
        private final InferenceRecord record;
        private final Event event;
        private final @Nullable Content content;
        private final @Nullable Unit with;
        private final @Nullable Unit end;
        private boolean again;

        Finish(Begun begun, InferenceRecord record, @Nullable Content content, @Nullable Unit with) {
            this.begun = begun;
            this.record = record;
            this.event = event(record);
            this.content = content;
            this.with = with;
            this.end = ends.of(record);
        }

        @Override
        public void announce(Tx tx) {
            if (end != null) {
                end.announce(tx);
            }
        }

        @Override
        public void drained() {
            begun.superseded = true;
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            boolean looks = again;
            again = true;
            boolean first = put(tx, record, looks);
            boolean counts = first || store.correct(tx, record, owner);
            if (content != null) {
                contents.put(tx, record.origin().workspaceId(), record.id(), content);
            }
            if (first) { // else its end was told
                events.append(tx, event);
            }
            if (counts && end != null) {
                end.apply(tx);
            }
            if (with != null) {
                with.apply(tx);
            }
        }
    }

    /** An end that comes late: another one may be there, which who follows the events has heard of. */
    private Unit late(InferenceRecord record) {
        return new Late(record, event(record), ends.late(record));
    }

    private final class Late implements Unit {
        private final InferenceRecord record;
        private final Event event;
        private final @Nullable Unit end;

        Late(InferenceRecord record, Event event, @Nullable Unit end) {
            this.record = record;
            this.event = event;
            this.end = end;
        }

        @Override
        public void announce(Tx tx) {
            if (end != null) {
                end.announce(tx);
            }
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            boolean first = put(tx, record, true);
            if (first) {
                events.append(tx, event);
            }
            // ended by others, who took this node for gone: they know of no cost
            boolean counts = first || store.correct(tx, record, owner);
            if (counts && end != null) {
                end.apply(tx);
            }
        }
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

    /** As {@link #begin(InferenceRecord, List)}, without conditions. */
    public Begun begin(InferenceRecord running) {
        return begin(running, List.of());
    }

    /**
     * Queues the begun row. With conditions it waits until they are durable. Without, it does not; unless the last write
     * failed: then no provider is to be paid for an answer that could not be recorded.
     *
     * @param conditions in the order in which they are looked at
     * @throws ProblemException {@code database_unavailable} when that was waited for in vain
     * @throws RuntimeException what a condition says that does not hold; then there is no such inference
     */
    public Begun begin(InferenceRecord running, List<Condition> conditions) {
        var begun = new Begun(running, capture.of(running.origin().workspaceId()), conditions);
        var durable = database.submit(begun);
        if (!conditions.isEmpty() || database.isFailing()) {
            try {
                Database.await(durable);
            } catch (ProblemException failed) {
                if (Database.isOutcomeUnknown(failed)) { // a row that runs may be there, of which nobody knows
                    unrecorded.keep(Unrecorded.neverRan(running));
                }
                throw failed;
            }
        }
        if (begun.refusal != null) {
            throw begun.refusal;
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
