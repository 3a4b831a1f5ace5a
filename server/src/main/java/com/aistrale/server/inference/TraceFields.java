package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.telemetry.InferenceRecord.TraceContext;
import com.aistrale.server.telemetry.TraceIds;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code trace_id} and {@code parent_span_id}: a run's place in a trace of the caller's own. */
final class TraceFields {
    private TraceFields() {}

    /** Null without a trace. */
    static @Nullable TraceContext read(ObjectNode body, Reading reading) {
        var trace = id(body, reading, "trace_id");
        var parent = id(body, reading, "parent_span_id");
        if (trace == null && parent != null && Reading.said(body, "trace_id") == null) {
            reading.mistake(
                    Pointer.ROOT.field("parent_span_id"), "needs the `trace_id` of the trace that it stands in");
        }
        return trace == null ? null : new TraceContext(trace, parent);
    }

    private static @Nullable String id(ObjectNode body, Reading reading, String field) {
        var id = reading.string(body, Pointer.ROOT, field);
        if (id != null && !TraceIds.isId(id)) {
            reading.mistake(Pointer.ROOT.field(field), TraceIds.EXPECTED);
        }
        return id;
    }
}
