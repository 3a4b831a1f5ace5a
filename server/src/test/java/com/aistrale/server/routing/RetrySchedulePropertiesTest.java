package com.aistrale.server.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The waits between tries stay in their bounds, whatever is drawn and whatever a provider asks for. */
class RetrySchedulePropertiesTest {
    private static final Duration EVER = Duration.ofDays(1);

    @Property
    void aWaitIsDrawnBetweenNothingAndItsBound(
            @ForAll("draws") double draw, @ForAll @IntRange(min = 1, max = RetrySchedule.TRIES - 1) int tries) {
        var wait = new RetrySchedule(() -> draw).waitAfter(tries, null, EVER);

        assertThat(wait).isBetween(Duration.ZERO, RetrySchedule.bound(tries));
        var exactly = RetrySchedule.bound(tries).toNanos() * draw;
        assertThat((double) wait.toNanos()).isBetween(exactly - 1, exactly);
    }

    @Property
    void theBoundDoublesUpToTheLongest(@ForAll @IntRange(min = 1, max = 1_000_000) int tries) {
        var bound = RetrySchedule.bound(tries);

        assertThat(RetrySchedule.bound(1)).isEqualTo(Duration.ofMillis(250));
        assertThat(bound).isBetween(Duration.ofMillis(250), Duration.ofSeconds(4));
        assertThat(RetrySchedule.bound(tries + 1)).isIn(bound.multipliedBy(2), Duration.ofSeconds(4));
    }

    @Property
    void afterEnoughTriesThereIsNoWait(
            @ForAll("draws") double draw,
            @ForAll @IntRange(min = RetrySchedule.TRIES, max = 1_000_000) int tries,
            @ForAll("times") Duration asked) {
        var schedule = new RetrySchedule(() -> draw);

        assertThat(schedule.waitAfter(tries, null, EVER)).isNull();
        assertThat(schedule.waitAfter(tries, asked, EVER)).isNull();
    }

    @Property
    void whatIsAskedForIsTheWaitUnlessItIsTooLong(@ForAll("draws") double draw, @ForAll("times") Duration asked) {
        var wait = new RetrySchedule(() -> draw).waitAfter(1, asked, EVER);

        assertThat(wait).isEqualTo(asked.compareTo(Duration.ofSeconds(10)) <= 0 ? asked : null);
    }

    @Property
    void noWaitEndsBehindTheDeadline(
            @ForAll("draws") double draw,
            @ForAll @IntRange(min = 1, max = 4) int tries,
            @ForAll("times") Duration asked,
            @ForAll("times") Duration left) {
        var schedule = new RetrySchedule(() -> draw);

        for (var wait :
                new Duration[] {schedule.waitAfter(tries, asked, left), schedule.waitAfter(tries, null, left)}) {
            if (wait != null) {
                assertThat(wait).isLessThan(left);
            }
        }
    }

    /** All tries and drawn waits together are bounded: 250 + 500 ms. */
    @Property
    void allWaitsTogetherAreShort(@ForAll long seed) {
        var schedule = new RetrySchedule(new Random(seed)::nextDouble);
        var all = Duration.ZERO;
        int tries = 1;
        for (var wait = schedule.waitAfter(tries, null, EVER); wait != null; ) {
            all = all.plus(wait);
            wait = schedule.waitAfter(++tries, null, EVER);
        }

        assertThat(tries).isEqualTo(3);
        assertThat(all).isLessThan(Duration.ofMillis(750));
    }

    @Provide
    Arbitrary<Double> draws() {
        return Arbitraries.doubles().between(0, true, 1, false).ofScale(9);
    }

    @Provide
    Arbitrary<Duration> times() {
        return Arbitraries.longs().between(0, 30_000).map(Duration::ofMillis);
    }
}
