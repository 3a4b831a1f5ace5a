package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to one webhook.
 *
 * @param id {@code dlv_…}
 * @param webhookId {@code wh_…}
 * @param eventId {@code evt_…}
 * @param eventType such as {@code inference.failed}
 * @param status {@code pending}, {@code delivered}, {@code failed}, or another
 * @param attemptCount how often it was tried
 * @param nextAttemptAt when it is tried next, null where it is not
 * @param responseCode the receiver's last HTTP status, null without an answer
 * @param error why the last attempt failed, or why there are no more: {@code http_status}, {@code redirect}, {@code gone}, {@code timeout},
 *     {@code dns}, {@code connection_refused}, {@code connection_lost}, {@code tls}, {@code target_blocked}, {@code webhook_disabled},
 *     {@code webhook_deleted}, {@code event_deleted}, {@code secret_unreadable}, {@code internal}, or another; null for nothing
 * @param createdAt when it was due first
 * @param deliveredAt when it arrived, null where it did not
 * @param attempts each of its requests, the first one first; empty in lists
 * @param payload what is sent; null in lists, and where the event was deleted
 * @param json the whole object as it came
 */
public record WebhookDelivery(
        String id,
        String webhookId,
        String eventId,
        String eventType,
        String status,
        long attemptCount,
        @Nullable Instant nextAttemptAt,
        @Nullable Long responseCode,
        @Nullable String error,
        Instant createdAt,
        @Nullable Instant deliveredAt,
        List<WebhookAttempt> attempts,
        @Nullable Event payload,
        Map<String, @Nullable Object> json) {
    static WebhookDelivery read(Fields fields) {
        return new WebhookDelivery(
                fields.text("id"),
                fields.text("webhook_id"),
                fields.text("event_id"),
                fields.text("event_type"),
                fields.text("status"),
                fields.integer("attempt_count"),
                fields.optionalTime("next_attempt_at"),
                fields.optionalInteger("response_code"),
                fields.optionalText("error"),
                fields.time("created_at"),
                fields.optionalTime("delivered_at"),
                fields.list("attempts", WebhookAttempt::read),
                fields.optional("payload", Event::read),
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
