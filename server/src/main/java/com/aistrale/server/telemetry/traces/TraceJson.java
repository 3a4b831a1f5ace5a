package com.aistrale.server.telemetry.traces;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.telemetry.RecordJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/** Traces and spans on the wire. */
final class TraceJson {
    private TraceJson() {}

    static ObjectNode of(Trace trace) {
        var json = Json.object();
        json.put("trace_id", trace.traceId());
        json.put("name", trace.name());
        json.put("started_at", Json.time(trace.startedAt()));
        json.put("ended_at", trace.endedAt() == null ? null : Json.time(trace.endedAt()));
        json.put("duration_ms", trace.durationMs());
        json.put("span_count", trace.spanCount());
        json.put("error_count", trace.errorCount());
        json.put("session_id", trace.sessionId());
        json.put("cost_usd", trace.costNanoUsd() == null ? null : RecordJson.usd(trace.costNanoUsd()));
        json.put("input_tokens", trace.inputTokens());
        json.put("output_tokens", trace.outputTokens());
        return json;
    }

    static ObjectNode of(Traces.Detail detail) {
        var json = of(detail.trace());
        var spans = json.putArray("spans");
        detail.spans().spans().forEach(span -> spans.add(of(span)));
        var inferences = json.putArray("inferences");
        detail.inferences().forEach(record -> inferences.add(RecordJson.of(record)));
        return json;
    }

    private static ObjectNode of(Span span) {
        var json = Json.object();
        json.put("trace_id", span.traceId());
        json.put("span_id", span.spanId());
        json.put("parent_span_id", span.parentSpanId());
        json.put("name", span.name());
        json.put("kind", span.kind().wireName());
        json.put("started_at", Json.time(span.startedAt()));
        json.put("ended_at", Json.time(span.endedAt()));
        json.put("duration_ms", span.endedAt().toEpochMilli() - span.startedAt().toEpochMilli());
        json.put("status", span.status());
        json.put("error_message", span.errorMessage());
        raw(json, "attributes", span.attributes());
        raw(json, "input", span.input());
        raw(json, "output", span.output());
        json.put("inference_id", span.inferenceId());
        json.put("session_id", span.sessionId());
        return json;
    }

    /** As it stands in the database: a tree of it would take many times the room. */
    private static void raw(ObjectNode to, String field, @Nullable String json) {
        if (json == null) {
            to.putNull(field);
        } else {
            to.putRawValue(field, new RawValue(json));
        }
    }
}
