package com.aistrale.server.telemetry.traces;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.SqlTraceStore;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.TelemetryFilter;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keeps spans and shows traces. Thread-safe. */
final class Traces {
    /** The most spans of a page. */
    static final int MOST_SPANS = 5000;

    /** The most characters of a page's attributes, inputs and outputs: many may ask at once, and each span may have millions. */
    static final long MOST_CHARACTERS = 2_000_000;

    static final int MOST_INFERENCES = 1000;

    /** @param more whether older ones follow */
    record Page(List<Trace> traces, boolean more) {}

    /** @param spans a page of them */
    record Detail(Trace trace, SqlSpanStore.Page spans, Collection<InferenceRecord> inferences) {}

    private final Database database;
    private final Telemetry telemetry;
    private final SqlSpanStore spans = new SqlSpanStore();
    private final SqlTraceList list = new SqlTraceList();
    private final SqlTraceStore traces = new SqlTraceStore();

    Traces(Database database, Telemetry telemetry) {
        this.database = database;
        this.telemetry = telemetry;
    }

    /** Keeps those that are not there yet. */
    void add(String workspaceId, List<Span> batch) {
        database.write(tx -> {
            for (var span : batch) {
                if (spans.add(tx, workspaceId, span)) {
                    traces.seen(tx, workspaceId, span.traceId(), span.startedAt());
                }
            }
            return true;
        });
    }

    Page list(String workspaceId, TraceQuery query) {
        var found = database.read(tx -> list.page(tx, workspaceId, query, query.limit() + 1));
        boolean more = found.size() > query.limit();
        return new Page(more ? found.subList(0, query.limit()) : found, more);
    }

    /**
     * The trace with a page of its spans, and with the inferences that these name; on the first page with its others too.
     *
     * @param after where the page before ended
     * @throws ProblemException {@code not_found}
     */
    Detail get(String workspaceId, String traceId, SqlSpanStore.@Nullable Place after, int limit) {
        var found = database.read(tx -> list.one(tx, workspaceId, traceId));
        if (found.isEmpty()) {
            throw Problem.of(ProblemCode.NOT_FOUND, "There is no trace " + traceId + " in this workspace.")
                    .exception();
        }
        var from = after == null ? SqlSpanStore.Place.FIRST : after;
        var page = database.read(tx -> spans.ofTrace(tx, workspaceId, traceId, from, limit, MOST_CHARACTERS));
        var within =
                after == null ? telemetry.ofTrace(workspaceId, traceId, MOST_INFERENCES) : List.<InferenceRecord>of();
        return new Detail(found.getFirst(), page, inferences(workspaceId, within, page.spans()));
    }

    private Collection<InferenceRecord> inferences(String workspaceId, List<InferenceRecord> within, List<Span> told) {
        var byId = new TreeMap<String, InferenceRecord>();
        for (var record : within) {
            byId.put(record.id(), record);
        }
        var named = told.stream()
                .map(Span::inferenceId)
                .filter(Objects::nonNull)
                .filter(id -> !byId.containsKey(id))
                .distinct()
                .limit(MOST_INFERENCES - byId.size())
                .toList();
        byId.putAll(telemetry.among(workspaceId, TelemetryFilter.ALL, named));
        return byId.values();
    }
}
