package com.aistrale.server.budgets;

import java.time.Instant;

/** What a running inference has put aside of a budget. */
record Reservation(String inferenceId, String budgetId, Instant periodStart, long nanoUsd) {
    Key key() {
        return new Key(inferenceId, budgetId);
    }

    /** One of an inference for each budget. */
    record Key(String inferenceId, String budgetId) {}
}
