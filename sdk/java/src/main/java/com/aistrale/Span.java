package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One step of a program's work around inferences, such as a search or a chain. Make one with {@link #builder}.
 *
 * @param traceId what belongs together, 1 to 64 characters
 * @param spanId its own id within the trace, 1 to 64 characters
 * @param parentSpanId the step that it is part of, null for none
 * @param name what it is
 * @param kind {@code chain}, {@code llm}, {@code tool}, {@code retriever}, {@code agent}, {@code embedding}, {@code task}, {@code other}, or
 *     another
 * @param startedAt when it began
 * @param endedAt when it ended, null where that is not known
 * @param durationMs milliseconds between the two, null where the server did not count them
 * @param status {@code ok} or {@code error}, or another
 * @param errorMessage what went wrong, null where nothing did
 * @param attributes whatever is worth knowing of it, of JSON's kinds
 * @param input what went in, null where the workspace does not keep it
 * @param output what came out, null where the workspace does not keep it
 * @param inferenceId the inference that it made, null for none
 * @param sessionId the conversation that it belongs to, null for none
 * @param json the whole object as it came, or as it will be sent
 */
public record Span(
        String traceId,
        String spanId,
        @Nullable String parentSpanId,
        String name,
        String kind,
        Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable Long durationMs,
        String status,
        @Nullable String errorMessage,
        Map<String, @Nullable Object> attributes,
        @Nullable Object input,
        @Nullable Object output,
        @Nullable String inferenceId,
        @Nullable String sessionId,
        Map<String, @Nullable Object> json) {
    static Span read(Fields fields) {
        return new Span(
                fields.text("trace_id"),
                fields.text("span_id"),
                fields.optionalText("parent_span_id"),
                fields.text("name"),
                fields.text("kind"),
                fields.time("started_at"),
                fields.optionalTime("ended_at"),
                fields.optionalInteger("duration_ms"),
                fields.text("status"),
                fields.optionalText("error_message"),
                fields.object("attributes"),
                fields.value("input"),
                fields.value("output"),
                fields.optionalText("inference_id"),
                fields.optionalText("session_id"),
                fields.json());
    }

    /**
     * A step to be recorded, which went well unless told otherwise.
     *
     * @param traceId what belongs together, 1 to 64 characters
     * @param spanId its own id within the trace, 1 to 64 characters
     * @param name what it is
     * @param startedAt when it began
     * @param endedAt when it ended
     * @return a builder to say more
     */
    public static Builder builder(String traceId, String spanId, String name, Instant startedAt, Instant endedAt) {
        return new Builder()
                .put("trace_id", traceId)
                .put("span_id", spanId)
                .put("name", name)
                .put("kind", "other")
                .put("started_at", startedAt.toString())
                .put("ended_at", endedAt.toString())
                .put("status", "ok");
    }

    /** Says more of a step. Each method returns the same builder; the last value given counts. Not for several threads at once. */
    public static final class Builder {
        private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

        private Builder() {}

        /**
         * The step that it is part of.
         *
         * @param spanId of the same trace
         * @return this
         */
        public Builder parentSpanId(String spanId) {
            return put("parent_span_id", spanId);
        }

        /**
         * What kind of step it is.
         *
         * @param kind as in {@link Span#kind}; {@code other} unless told
         * @return this
         */
        public Builder kind(String kind) {
            return put("kind", kind);
        }

        /**
         * It failed.
         *
         * @param message what went wrong
         * @return this
         */
        public Builder error(String message) {
            return put("status", "error").put("error_message", message);
        }

        /**
         * Whatever is worth knowing of it.
         *
         * @param attributes of JSON's kinds
         * @return this
         */
        public Builder attributes(Map<String, ?> attributes) {
            return put("attributes", new LinkedHashMap<>(attributes));
        }

        /**
         * What went in. It is kept only where the workspace's {@code capture_content} is on.
         *
         * @param input of JSON's kinds
         * @return this
         */
        public Builder input(Object input) {
            return put("input", input);
        }

        /**
         * What came out. It is kept only where the workspace's {@code capture_content} is on.
         *
         * @param output of JSON's kinds
         * @return this
         */
        public Builder output(Object output) {
            return put("output", output);
        }

        /**
         * The inference that it made.
         *
         * @param id {@code inf_…}
         * @return this
         */
        public Builder inferenceId(String id) {
            return put("inference_id", id);
        }

        /**
         * The conversation that it belongs to.
         *
         * @param id a name of your own
         * @return this
         */
        public Builder sessionId(String id) {
            return put("session_id", id);
        }

        /**
         * The step as it stands.
         *
         * @return never null
         */
        public Span build() {
            return Span.read(new Fields("span", new LinkedHashMap<>(fields)));
        }

        private Builder put(String field, Object value) {
            fields.put(field, value);
            return this;
        }
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
