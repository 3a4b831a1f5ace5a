package com.aistrale.server.routing;

import java.time.Duration;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When a provider that failed is asked again: at most {@value #TRIES} times in all. The wait is drawn evenly between
 * nothing and a bound that doubles (full jitter), so that those who failed together do not come back together; where the
 * provider says how long to wait, that is the wait. Thread-safe where its randomness is.
 */
public final class RetrySchedule {
    /** How often one provider's model is asked, the first time counted. */
    public static final int TRIES = 3;

    /** The bound of the first wait. */
    static final Duration BASE = Duration.ofMillis(250);

    /** The bound of every wait that is drawn. */
    static final Duration LONGEST = Duration.ofSeconds(4);

    /** A provider that asks for more is not waited for. */
    static final Duration LONGEST_ASKED = Duration.ofSeconds(10);

    private final DoubleSupplier random;

    /** @param random evenly from 0 to below 1 */
    public RetrySchedule(DoubleSupplier random) {
        this.random = random;
    }

    /**
     * How long to wait before the next try.
     *
     * @param tries how many there were, from 1
     * @param asked how long the provider asks to wait, or null
     * @param left until the deadline
     * @return null when there is to be none: there were enough, or it would begin too late
     */
    public @Nullable Duration waitAfter(int tries, @Nullable Duration asked, Duration left) {
        if (tries >= TRIES || (asked != null && asked.compareTo(LONGEST_ASKED) > 0)) {
            return null;
        }
        var wait = asked == null ? drawn(tries) : asked;
        return wait.compareTo(left) < 0 ? wait : null;
    }

    private Duration drawn(int tries) {
        return Duration.ofNanos((long) (bound(tries).toNanos() * random.getAsDouble()));
    }

    /** The most that is drawn after so many tries. */
    static Duration bound(int tries) {
        long doubled = BASE.toNanos() << Math.min(tries - 1, 20);
        return Duration.ofNanos(Math.min(doubled, LONGEST.toNanos()));
    }
}
