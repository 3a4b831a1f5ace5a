package com.aistrale.server.webhooks.delivery;

import org.jspecify.annotations.Nullable;

/**
 * Which of a webhook's deliveries; null: any.
 *
 * @param from the lowest id of the window
 * @param to the lowest id behind it
 */
record DeliveryFilter(
        @Nullable String status,
        @Nullable String eventType,
        @Nullable String from,
        @Nullable String to) {}
