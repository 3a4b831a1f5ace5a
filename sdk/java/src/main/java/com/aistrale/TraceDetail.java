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
 * @param spans its steps, in the order of their begin
 * @param inferences the records of its inferences
 * @param json the whole object as it came
 */
public record TraceDetail(
        Trace trace, List<Span> spans, List<InferenceRecord> inferences, Map<String, @Nullable Object> json) {
    static TraceDetail read(Fields fields) {
        return new TraceDetail(
                Trace.read(fields),
                fields.list("spans", Span::read),
                fields.list("inferences", InferenceRecord::read),
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
