package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What belongs together, with all that is in it.
 *
 * @param trace summed up
 * @param spans a page of its steps, in the order of their begin; {@code trace.spanCount()} counts all
 * @param inferences the records of its inferences; on a later page of those that its steps name
 * @param nextCursor gives the next page of steps, null on the last one
 * @param json the whole object as it came
 */
public record TraceDetail(
        Trace trace,
        List<Span> spans,
        List<InferenceRecord> inferences,
        @Nullable String nextCursor,
        Map<String, @Nullable Object> json) {
    static TraceDetail read(Fields fields) {
        return new TraceDetail(
                Trace.read(fields),
                fields.list("spans", Span::read),
                fields.list("inferences", InferenceRecord::read),
                fields.optionalText("next_cursor"),
                fields.json());
    }

    /**
     * The object as JSON.
     *
     * @return one line, unknown fields included
     */
    public String toJson() {
        return Json.write(json);
    }
}
