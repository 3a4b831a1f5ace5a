package com.aistrale.server.routing;

import java.time.Instant;

/**
 * A circuit that opened.
 *
 * @param id {@code opn_…}
 * @param reason what was seen, in words
 * @param failurePercent of the calls in the window
 * @param openedAt when it was found to fail
 * @param retryAt when it is tried next
 */
record Opening(String id, Place place, String reason, int failurePercent, Instant openedAt, Instant retryAt) {
    Opening {
        if (failurePercent < 0 || failurePercent > 100) {
            throw new IllegalArgumentException("no share of the calls in percent: " + failurePercent);
        }
        if (!retryAt.isAfter(openedAt)) {
            throw new IllegalArgumentException("tried again at " + retryAt + ", opened at " + openedAt);
        }
    }

    /** The fraction of calls that failed. */
    double failureRate() {
        return failurePercent / 100.0;
    }
}
