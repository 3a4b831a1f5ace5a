package com.aistrale.cli.batch;

import com.aistrale.Inference;
import com.aistrale.internal.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What became of one line, and the line of JSON that says so. */
sealed interface Outcome {
    /** By their names in the file. */
    Map<String, @Nullable Object> fields();

    default String toJson() {
        return Json.write(fields());
    }

    /**
     * There is an answer.
     *
     * @param replayed whether it was paid before this program asked for it
     */
    record Answered(Request request, Inference answer, boolean replayed) implements Outcome {
        @Override
        public Map<String, @Nullable Object> fields() {
            var fields = begin(request.line(), request.id(), "completed");
            fields.put("text", answer.text());
            if (answer.json().get("tool_calls") instanceof Iterable<?> calls
                    && calls.iterator().hasNext()) {
                fields.put("tool_calls", calls);
            }
            fields.put("finish_reason", answer.finishReason());
            fields.put("provider", answer.provider());
            fields.put("model", answer.model());
            fields.put("usage", answer.json().get("usage"));
            fields.put("cost_usd", answer.json().get("cost_usd"));
            fields.put("latency_ms", answer.latencyMs());
            fields.put("inference_id", answer.id());
            if (replayed) {
                fields.put("replayed", true);
            }
            fields.put("hash", Request.hex(request.hash()));
            return fields;
        }
    }

    /**
     * It was asked in vain.
     *
     * @param code what went wrong, by the server's word for it
     * @param inference null where there is none, or it is not known
     * @param ended how often by now its inference came to an end so; where it may still run, or have been answered, it is asked for again
     *     under the same key
     * @param isOver whether it came to an end now, which only the server knows: no page of a gateway says so, and no answer that is
     *     not understood
     */
    record Failed(
            Request request,
            String code,
            String message,
            @Nullable String inference,
            int ended,
            boolean isOver) implements Outcome {
        @Override
        public Map<String, @Nullable Object> fields() {
            var fields = begin(request.line(), request.id(), "failed");
            fields.put("error", error(code, message));
            fields.put("inference_id", inference);
            fields.put("ended", ended);
            fields.put("hash", Request.hex(request.hash()));
            return fields;
        }
    }

    /** It cannot be asked. */
    record Wrong(Shape.Made.Wrong wrong) implements Outcome {
        static final String CODE = "malformed";

        @Override
        public Map<String, @Nullable Object> fields() {
            var why = wrong.why();
            var fields = begin(why.line(), wrong.id(), CODE);
            fields.put("column", why.column() == 0 ? null : why.column());
            fields.put("error", error(CODE, why.message()));
            return fields;
        }
    }

    private static Map<String, @Nullable Object> begin(long line, @Nullable Object id, String status) {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("line", line);
        fields.put("id", id);
        fields.put("status", status);
        return fields;
    }

    private static Map<String, @Nullable Object> error(String code, String message) {
        var error = new LinkedHashMap<String, @Nullable Object>();
        error.put("code", code);
        error.put("message", message);
        return error;
    }
}
