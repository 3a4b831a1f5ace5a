package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server recorded of an inference.
 *
 * @param id the inference's id, {@code inf_…}
 * @param status how it stands: "running", "completed", "failed", "cancelled", "interrupted", or another
 * @param createdAt when the server received it
 * @param completedAt when it ended, null while it runs
 * @param provider who answered or failed last, null where none was asked
 * @param model the provider's name of the model, null where none was chosen
 * @param requestedModel the model as it was asked for, null where it was left to the server
 * @param prompt the stored prompt that was run, null where none was named
 * @param sessionId the conversation, null for none
 * @param traceId the trace that it belongs to, null for none
 * @param parentSpanId the span in which it was asked for, null for none
 * @param apiKeyId whose API key it was
 * @param client what sent it, such as {@code java/0.1.0}; null where it did not say
 * @param streamed whether it was answered piece by piece
 * @param finishReason why the model stopped, null where it did not or did not say
 * @param usage the tokens used, null where they are not known
 * @param costUsd US dollars, exact to 1e-9; null where it is not known
 * @param costSource {@code reported} or {@code estimated}, null where there is no cost
 * @param latencyMs milliseconds from begin to end, null while it runs
 * @param timeToFirstTokenMs milliseconds to the first piece, null where it was not streamed
 * @param attempts whom the server asked, in order
 * @param error what went wrong, null where nothing did
 * @param metadata the caller's own labels, mostly empty
 * @param content what was asked and answered: null in lists, and where the workspace does not keep it
 * @param json the whole object as it came, fields that this version does not know included
 */
public record InferenceRecord(
        String id,
        String status,
        Instant createdAt,
        @Nullable Instant completedAt,
        @Nullable String provider,
        @Nullable String model,
        @Nullable String requestedModel,
        @Nullable PromptName prompt,
        @Nullable String sessionId,
        @Nullable String traceId,
        @Nullable String parentSpanId,
        @Nullable String apiKeyId,
        @Nullable String client,
        boolean streamed,
        @Nullable String finishReason,
        @Nullable Usage usage,
        @Nullable BigDecimal costUsd,
        @Nullable String costSource,
        @Nullable Long latencyMs,
        @Nullable Long timeToFirstTokenMs,
        List<Attempt> attempts,
        @Nullable Reason error,
        Map<String, String> metadata,
        @Nullable Content content,
        Map<String, @Nullable Object> json) {

    /**
     * What was asked and answered, kept where the workspace's {@code capture_content} is on.
     *
     * @param messages what the model was given, in OpenAI's shape
     * @param message its answer, in the same shape; empty where there was none
     */
    public record Content(List<Map<String, @Nullable Object>> messages, Map<String, @Nullable Object> message) {
        static Content read(Fields fields) {
            return new Content(fields.list("messages", Fields::json), fields.object("message"));
        }
    }

    /**
     * Why an inference failed.
     *
     * @param code the stable name, as in {@link Problem#code}
     * @param message in words, null where there are none
     * @param provider whom it was about, null for none
     * @param upstreamStatus the provider's HTTP status, null where it did not answer
     */
    public record Reason(
            String code,
            @Nullable String message,
            @Nullable String provider,
            @Nullable Long upstreamStatus) {
        static Reason read(Fields fields) {
            return new Reason(
                    fields.text("code"),
                    fields.optionalText("message"),
                    fields.optionalText("provider"),
                    fields.optionalInteger("upstream_status"));
        }
    }

    static InferenceRecord read(Fields fields) {
        return new InferenceRecord(
                fields.text("id"),
                fields.text("status"),
                fields.time("created_at"),
                fields.optionalTime("completed_at"),
                fields.optionalText("provider"),
                fields.optionalText("model"),
                fields.optionalText("requested_model"),
                fields.optional("prompt", PromptName::read),
                fields.optionalText("session_id"),
                fields.optionalText("trace_id"),
                fields.optionalText("parent_span_id"),
                fields.optionalText("api_key_id"),
                fields.optionalText("client"),
                fields.flag("streamed"),
                fields.optionalText("finish_reason"),
                fields.optional("usage", Usage::read),
                fields.optionalDecimal("cost_usd"),
                fields.optionalText("cost_source"),
                fields.optionalInteger("latency_ms"),
                fields.optionalInteger("time_to_first_token_ms"),
                fields.list("attempts", Attempt::read),
                fields.optional("error", Reason::read),
                fields.texts("metadata"),
                fields.optional("content", Content::read),
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
