package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's answer. It prints as its text.
 *
 * @param id the inference's id, {@code inf_…}: by it {@link Inferences#get} finds its record
 * @param text the answer's text; empty where the model only calls tools
 * @param message the answer as a message in OpenAI's shape, to be put into the next call's messages as it is
 * @param toolCalls the tools that the model wants called, mostly empty
 * @param model the model that answered, by the provider's name for it; empty where an older server does not say
 * @param provider who answered; {@code demo} is the server's own demonstration answer and no model's; empty where an older
 *     server does not say
 * @param finishReason why the model stopped: {@code stop}, {@code length}, {@code tool_calls}, {@code content_filter}, or another; null
 *     where the provider did not say
 * @param usage the tokens used, null where the provider did not say
 * @param costUsd US dollars, exact to 1e-9; null where the price is not known (it is never 0 for "unknown")
 * @param costSource {@code reported} or {@code estimated}, null where there is no cost
 * @param latencyMs milliseconds from the server's receipt of the request to the answer's end, null where it is not known
 * @param timeToFirstTokenMs milliseconds to the first piece of a streamed answer, else null
 * @param attempts whom the server asked, in order; the last one answered
 * @param sessionId the conversation that it belongs to, null for none
 * @param prompt the stored prompt that was run, null where none was named
 * @param createdAt when the server received the request, null where an older server does not say
 * @param json the whole object as it came, fields that this version does not know included
 */
public record Inference(
        String id,
        String text,
        Map<String, @Nullable Object> message,
        List<ToolCall> toolCalls,
        String model,
        String provider,
        @Nullable String finishReason,
        @Nullable Usage usage,
        @Nullable BigDecimal costUsd,
        @Nullable String costSource,
        @Nullable Long latencyMs,
        @Nullable Long timeToFirstTokenMs,
        List<Attempt> attempts,
        @Nullable String sessionId,
        @Nullable PromptName prompt,
        @Nullable Instant createdAt,
        Map<String, @Nullable Object> json) {

    static Inference read(Fields fields) {
        return new Inference(
                fields.text("id"),
                orEmpty(fields.optionalText("text")),
                fields.object("message"),
                fields.list("tool_calls", ToolCall::read),
                orEmpty(fields.optionalText("model")),
                orEmpty(fields.optionalText("provider")),
                fields.optionalText("finish_reason"),
                fields.optional("usage", Usage::read),
                fields.optionalDecimal("cost_usd"),
                fields.optionalText("cost_source"),
                fields.optionalInteger("latency_ms"),
                fields.optionalInteger("time_to_first_token_ms"),
                fields.list("attempts", Attempt::read),
                fields.optionalText("session_id"),
                fields.optional("prompt", PromptName::read),
                fields.optionalTime("created_at"),
                fields.json());
    }

    /** An answer that was paid for is not lost for want of a field that only describes it. */
    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    /**
     * The object as JSON.
     *
     * @return one line, unknown fields included
     */
    public String toJson() {
        return Json.write(json);
    }

    /** The answer's text. */
    @Override
    public String toString() {
        return text;
    }
}
