package com.aistrale;

import com.aistrale.internal.Fields;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request of a delivery.
 *
 * @param number from 1
 * @param startedAt when it began
 * @param latencyMs how many milliseconds it took
 * @param responseCode the receiver's HTTP status, null without an answer
 * @param error what went wrong, as in {@link WebhookDelivery#error}; null where it was delivered
 * @param responseBody the first 16 KiB of the receiver's answer; null without one, and where the event was deleted
 */
public record WebhookAttempt(
        long number,
        Instant startedAt,
        long latencyMs,
        @Nullable Long responseCode,
        @Nullable String error,
        @Nullable String responseBody) {
    static WebhookAttempt read(Fields fields) {
        return new WebhookAttempt(
                fields.integer("number"),
                fields.time("started_at"),
                fields.integer("latency_ms"),
                fields.optionalInteger("response_code"),
                fields.optionalText("error"),
                fields.optionalText("response_body"));
    }
}
