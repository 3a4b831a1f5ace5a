package com.aistrale.server.webhooks.delivery;

import org.jspecify.annotations.Nullable;

/** One event on its way to one webhook, as people see it. Times are milliseconds since 1970. */
record Delivery(
        String id,
        String webhookId,
        String eventId,
        String eventType,
        String status,
        int attemptCount,
        @Nullable Long nextAttemptAt,
        @Nullable Integer responseCode,
        @Nullable String error,
        long createdAt,
        @Nullable Long deliveredAt) {}
