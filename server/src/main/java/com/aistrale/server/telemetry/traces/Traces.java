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

/** Keeps spans and shows traces. Thread-safe. */
final class Traces {
    /** What a trace shows of a larger one; its count says that there are more. */
    static final int MOST_SPANS = 5000;

    static final int MOST_INFERENCES = 1000;

    /** @param more whether older ones follow */
    record Page(List<Trace> traces, boolean more) {}

    record Detail(Trace trace, List<Span> spans, Collection<InferenceRecord> inferences) {}

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

    /** @throws ProblemException {@code not_found} */
    Detail get(String workspaceId, String traceId) {
        var found = database.read(tx -> list.one(tx, workspaceId, traceId));
        if (found.isEmpty()) {
            throw Problem.of(ProblemCode.NOT_FOUND, "There is no trace " + traceId + " in this workspace.")
                    .exception();
        }
        var told = database.read(tx -> spans.ofTrace(tx, workspaceId, traceId, MOST_SPANS));
        return new Detail(found.getFirst(), told, inferences(workspaceId, traceId, told));
    }

    private Collection<InferenceRecord> inferences(String workspaceId, String traceId, List<Span> told) {
        var byId = new TreeMap<String, InferenceRecord>();
        for (var record : telemetry.ofTrace(workspaceId, traceId, MOST_INFERENCES)) {
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
