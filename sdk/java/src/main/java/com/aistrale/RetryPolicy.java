package com.aistrale;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When a call is tried again, and after how long: the one place that says so.
 *
 * <p>A call that changes nothing is tried again after 408, 409, 429, 5xx and a lost connection. One that may cost money or make something
 * twice is tried again only where nothing was paid: no connection was made, 429, or a 503 {@code overloaded} or {@code
 * database_unavailable} that names its Retry-After; and after a lost connection where the server goes on with it and answers it once. The
 * server's own verdict ({@code x-should-retry}) goes before all.
 */
record RetryPolicy(int maxRetries, RandomGenerator random) {
    static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final int PATIENT_RETRIES = 10;
    private static final double FIRST_PAUSE_MILLIS = 500;
    private static final double LONGEST_PAUSE_MILLIS = 8000;

    RetryPolicy {
        if (maxRetries < 0) {
            throw new IllegalArgumentException("maxRetries is below 0: " + maxRetries);
        }
    }

    /** Ten tries in a row at least, which takes about a minute. */
    RetryPolicy patient() {
        return new RetryPolicy(Math.max(PATIENT_RETRIES, maxRetries), random);
    }

    /**
     * How long to wait before the next try.
     *
     * @param retries how many retries there were already
     * @return null for no further try
     */
    @Nullable
    Duration pause(ApiException failed, Call call, int retries) {
        if (retries >= maxRetries || !again(failed, call)) {
            return null;
        }
        var asked = failed instanceof ApiStatusException answered
                ? answered.failure().retryAfter()
                : null;
        if (asked != null) {
            return asked.compareTo(LONGEST_WAIT) > 0 ? null : asked;
        }
        return backoff(retries);
    }

    /** How long to wait before a connection is made again that was lost in the midst of an answer; null for not at all. */
    @Nullable
    Duration pauseAfterLoss(int retries) {
        return retries >= maxRetries ? null : backoff(retries);
    }

    private static boolean again(ApiException failed, Call call) {
        if (failed instanceof ApiConnectionException lost) {
            return call.repeatable() || call.resumable() || !lost.mayHaveBeenSent();
        }
        if (!(failed instanceof ApiStatusException answered)) {
            return false; // an answer that nobody understands is not understood the next time either
        }
        var verdict = answered.failure().shouldRetry();
        if (verdict != null) {
            return verdict;
        }
        var status = answered.status();
        if (call.repeatable()) {
            return status == 408 || status == 409 || status == 429 || status >= 500;
        }
        return status == 429 || (status == 503 && saysThatNothingWasPaid(answered));
    }

    private static boolean saysThatNothingWasPaid(ApiStatusException answered) {
        return answered instanceof OverloadedException
                && answered.problem() != null
                && answered.failure().retryAfter() != null;
    }

    /** 0.5 s, doubled each time up to 8 s, of which up to a quarter is taken away by chance. */
    Duration backoff(int retries) {
        var whole = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS * Math.pow(2, retries));
        return Duration.ofMillis(Math.round(whole * (1 - random.nextDouble() / 4)));
    }
}
