package com.aistrale.server.webhooks.delivery;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** When a delivery that failed is tried again: eight attempts over 27 hours and a half, each wait 20 % more or less. */
final class Schedule {
    private static final List<Duration> WAITS = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(10));

    /** How often a delivery is tried. */
    static final int ATTEMPTS = WAITS.size() + 1;

    private static final double JITTER = 0.2;

    /** No wait is longer: what a receiver asks for is held to twice the table's. */
    static final Duration LONGEST = Duration.ofHours(20);

    private final DoubleSupplier chance;

    /** @param chance from 0 to 1 */
    Schedule(DoubleSupplier chance) {
        this.chance = chance;
    }

    /**
     * How long to wait for the next attempt; empty when there is none.
     *
     * @param made how many attempts were made, 1 or more
     * @param asked what the receiver asked for; held between one and two times what the schedule says
     */
    Optional<Duration> after(int made, @Nullable Duration asked) {
        if (made > WAITS.size()) {
            return Optional.empty();
        }
        var wait = WAITS.get(made - 1);
        if (asked != null) {
            var most = wait.multipliedBy(2);
            return Optional.of(asked.compareTo(wait) < 0 ? wait : asked.compareTo(most) > 0 ? most : asked);
        }
        double factor = 1 - JITTER + 2 * JITTER * chance.getAsDouble();
        return Optional.of(Duration.ofMillis(Math.round(wait.toMillis() * factor)));
    }
}
