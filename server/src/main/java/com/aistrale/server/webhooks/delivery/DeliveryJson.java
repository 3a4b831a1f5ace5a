package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.webhooks.delivery.Deliveries.View;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Deliveries on the wire. */
final class DeliveryJson {
    private DeliveryJson() {}

    static ObjectNode of(Delivery delivery) {
        return Json.object()
                .put("id", delivery.id())
                .put("webhook_id", delivery.webhookId())
                .put("event_id", delivery.eventId())
                .put("event_type", delivery.eventType())
                .put("status", delivery.status())
                .put("attempt_count", delivery.attemptCount())
                .put("next_attempt_at", time(delivery.nextAttemptAt()))
                .put("response_code", delivery.responseCode())
                .put("error", delivery.error())
                .put("created_at", time(delivery.createdAt()))
                .put("delivered_at", time(delivery.deliveredAt()));
    }

    /** @param whole whether what receivers answered is shown: it may repeat the hook's path, which is often a credential */
    static ObjectNode of(View view, boolean whole) {
        var json = of(view.delivery());
        var attempts = json.putArray("attempts");
        view.attempts()
                .forEach(attempt -> attempts.addObject()
                        .put("number", attempt.number())
                        .put("started_at", time(attempt.startedAt()))
                        .put("latency_ms", attempt.latencyMs())
                        .put("response_code", attempt.responseCode())
                        .put("error", attempt.error())
                        .put("response_body", whole ? attempt.responseBody() : null));
        json.set("payload", view.payload());
        return json;
    }

    private static @Nullable String time(@Nullable Long millis) {
        return millis == null ? null : Json.time(Instant.ofEpochMilli(millis));
    }
}
