package com.aistrale;

import com.aistrale.internal.Fields;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What happened, by the event's type. A later server may send what this version does not know: {@link Unknown}. */
public sealed interface EventData {
    /**
     * {@code inference.completed}: once per completed inference.
     *
     * @param inferenceId {@code inf_…}
     * @param sessionId the conversation, null for none
     * @param provider who answered, null where it is not said
     * @param model the provider's name of the model, null where it is not said
     * @param prompt the stored prompt that was run, null for none
     * @param finishReason why the model stopped, null where it did not say
     * @param usage the tokens used, null where they are not known
     * @param costUsd US dollars, exact to 1e-9; null where it is not known
     * @param costSource {@code reported} or {@code estimated}, null where there is no cost
     * @param latencyMs milliseconds from begin to end
     * @param metadata the caller's own labels, mostly empty
     * @param content what was asked and answered: only where the webhook asks for it and the workspace keeps it, else null
     */
    record InferenceCompleted(
            String inferenceId,
            @Nullable String sessionId,
            @Nullable String provider,
            @Nullable String model,
            @Nullable PromptName prompt,
            @Nullable String finishReason,
            @Nullable Usage usage,
            @Nullable BigDecimal costUsd,
            @Nullable String costSource,
            @Nullable Long latencyMs,
            Map<String, String> metadata,
            InferenceRecord.@Nullable Content content)
            implements EventData {
        static InferenceCompleted read(Fields fields) {
            return new InferenceCompleted(
                    fields.text("inference_id"),
                    fields.optionalText("session_id"),
                    fields.optionalText("provider"),
                    fields.optionalText("model"),
                    fields.optional("prompt", PromptName::read),
                    fields.optionalText("finish_reason"),
                    fields.optional("usage", Usage::read),
                    fields.optionalDecimal("cost_usd"),
                    fields.optionalText("cost_source"),
                    fields.optionalInteger("latency_ms"),
                    fields.texts("metadata"),
                    fields.optional("content", InferenceRecord.Content::read));
        }
    }

    /**
     * {@code inference.failed}: once per inference that failed after all attempts.
     *
     * @param inferenceId {@code inf_…}
     * @param sessionId the conversation, null for none
     * @param provider who failed last, null where none was asked
     * @param model the provider's name of the model, null where none was chosen
     * @param prompt the stored prompt that was run, null for none
     * @param finishReason null
     * @param usage the tokens used, null where they are not known
     * @param costUsd US dollars, exact to 1e-9; null where it is not known
     * @param costSource {@code reported} or {@code estimated}, null where there is no cost
     * @param latencyMs milliseconds from begin to end
     * @param metadata the caller's own labels, mostly empty
     * @param error what went wrong
     * @param attempts whom the server asked, in order
     * @param content what was asked and answered: only where the webhook asks for it and the workspace keeps it, else null
     */
    record InferenceFailed(
            String inferenceId,
            @Nullable String sessionId,
            @Nullable String provider,
            @Nullable String model,
            @Nullable PromptName prompt,
            @Nullable String finishReason,
            @Nullable Usage usage,
            @Nullable BigDecimal costUsd,
            @Nullable String costSource,
            @Nullable Long latencyMs,
            Map<String, String> metadata,
            InferenceRecord.Reason error,
            List<Attempt> attempts,
            InferenceRecord.@Nullable Content content)
            implements EventData {
        static InferenceFailed read(Fields fields) {
            return new InferenceFailed(
                    fields.text("inference_id"),
                    fields.optionalText("session_id"),
                    fields.optionalText("provider"),
                    fields.optionalText("model"),
                    fields.optional("prompt", PromptName::read),
                    fields.optionalText("finish_reason"),
                    fields.optional("usage", Usage::read),
                    fields.optionalDecimal("cost_usd"),
                    fields.optionalText("cost_source"),
                    fields.optionalInteger("latency_ms"),
                    fields.texts("metadata"),
                    fields.required("error", InferenceRecord.Reason::read),
                    fields.list("attempts", Attempt::read),
                    fields.optional("content", InferenceRecord.Content::read));
        }
    }

    /**
     * {@code cost.threshold_exceeded}: once per budget, threshold and period.
     *
     * @param budgetId {@code bud_…}
     * @param name what the budget is called
     * @param scope whose inferences count
     * @param period {@code hour}, {@code day}, {@code week}, {@code month}, {@code total}, or another
     * @param periodStart when the period began
     * @param limitUsd US dollars in a period
     * @param spentUsd US dollars in this period, with what crossed the threshold
     * @param thresholdPercent of the limit
     * @param action {@code alert}, {@code block}, or another
     */
    record CostThresholdExceeded(
            String budgetId,
            String name,
            BudgetScope scope,
            String period,
            Instant periodStart,
            BigDecimal limitUsd,
            BigDecimal spentUsd,
            long thresholdPercent,
            String action)
            implements EventData {
        static CostThresholdExceeded read(Fields fields) {
            return new CostThresholdExceeded(
                    fields.text("budget_id"),
                    fields.text("name"),
                    fields.required("scope", BudgetScope::read),
                    fields.text("period"),
                    fields.time("period_start"),
                    fields.decimal("limit_usd"),
                    fields.decimal("spent_usd"),
                    fields.integer("threshold_percent"),
                    fields.text("action"));
        }
    }

    /**
     * {@code provider.failed}: a provider's model is not asked for a while.
     *
     * @param provider who
     * @param model the provider's name of the model
     * @param reason what was seen, in words
     * @param failureRate which part of the calls failed, 0 to 1
     * @param windowMs of how many milliseconds these calls were
     * @param retryAt when it is tried next
     */
    record ProviderFailed(
            String provider, String model, String reason, BigDecimal failureRate, long windowMs, Instant retryAt)
            implements EventData {
        static ProviderFailed read(Fields fields) {
            return new ProviderFailed(
                    fields.text("provider"),
                    fields.text("model"),
                    fields.text("reason"),
                    fields.decimal("failure_rate"),
                    fields.integer("window_ms"),
                    fields.time("retry_at"));
        }
    }

    /**
     * {@code provider.recovered}: a provider's model answers again.
     *
     * @param provider who
     * @param model the provider's name of the model
     * @param openedAt when it was found to fail
     */
    record ProviderRecovered(String provider, String model, Instant openedAt) implements EventData {
        static ProviderRecovered read(Fields fields) {
            return new ProviderRecovered(fields.text("provider"), fields.text("model"), fields.time("opened_at"));
        }
    }

    /**
     * {@code prompt.updated}: a version was created, a label moved or removed, or a prompt deleted.
     *
     * @param name the prompt's
     * @param version the version created, the one that the label is at or was at, or the latest of a prompt that was deleted
     * @param labels those that this version has now
     * @param change {@code version_created}, {@code label_moved}, {@code label_removed}, {@code deleted}, or another
     * @param updatedBy the id of the API key that did it
     */
    record PromptUpdated(String name, long version, List<String> labels, String change, String updatedBy)
            implements EventData {
        static PromptUpdated read(Fields fields) {
            var labels = fields.optionalTexts("labels");
            return new PromptUpdated(
                    fields.text("name"),
                    fields.integer("version"),
                    labels == null ? List.of() : labels,
                    fields.text("change"),
                    fields.text("updated_by"));
        }
    }

    /**
     * {@code webhook.disabled}: the server gave a webhook up. The others that ask for it are told.
     *
     * @param webhookId {@code wh_…}
     * @param name what it is called, null for nothing
     * @param url whose it is, without its path
     * @param reason {@code gone} where it answered 410, {@code failing} where it failed for five days, or another
     * @param failingSince the first failure behind its last success, null where it is not said
     * @param responseCode what it answered last, null where it did not
     * @param error why the last attempt failed, as in {@link WebhookDelivery#error}; null where it is not said
     */
    record WebhookDisabled(
            String webhookId,
            @Nullable String name,
            String url,
            String reason,
            @Nullable Instant failingSince,
            @Nullable Long responseCode,
            @Nullable String error)
            implements EventData {
        static WebhookDisabled read(Fields fields) {
            return new WebhookDisabled(
                    fields.text("webhook_id"),
                    fields.optionalText("name"),
                    fields.text("url"),
                    fields.text("reason"),
                    fields.optionalTime("failing_since"),
                    fields.optionalInteger("response_code"),
                    fields.optionalText("error"));
        }
    }

    /**
     * {@code webhook.test}: somebody tries a webhook out.
     *
     * @param webhookId {@code wh_…}, null where it is for none
     * @param message in words
     */
    record WebhookTest(@Nullable String webhookId, String message) implements EventData {
        static WebhookTest read(Fields fields) {
            return new WebhookTest(fields.optionalText("webhook_id"), fields.text("message"));
        }
    }

    /**
     * Of a type that this version does not know, or of another form than its type has in this version.
     *
     * @param json as it came
     */
    record Unknown(Map<String, @Nullable Object> json) implements EventData {}
}
