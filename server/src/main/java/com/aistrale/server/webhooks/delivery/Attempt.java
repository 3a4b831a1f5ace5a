package com.aistrale.server.webhooks.delivery;

import org.jspecify.annotations.Nullable;

/** One HTTP request of a delivery, as it was noted. */
record Attempt(
        int number,
        long startedAt,
        long latencyMs,
        @Nullable Integer responseCode,
        @Nullable String error,
        @Nullable String responseBody) {}
