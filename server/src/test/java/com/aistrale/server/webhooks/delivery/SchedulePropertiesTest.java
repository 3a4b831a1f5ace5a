package com.aistrale.server.webhooks.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** The waits between attempts are those of the table, whatever is drawn and whatever a receiver asks for. */
class SchedulePropertiesTest {
    private static final List<Duration> TABLE = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(10));

    @Example
    void withoutLuckItIsTheTable() {
        var schedule = new Schedule(() -> 0.5);

        for (int made = 1; made <= TABLE.size(); made++) {
            assertThat(schedule.after(made, null)).contains(TABLE.get(made - 1));
        }
        assertThat(schedule.after(8, null)).isEmpty();
        assertThat(Schedule.ATTEMPTS).isEqualTo(8);
    }

    @Property
    void aWaitIsAFifthMoreOrLess(
            @ForAll @DoubleRange(min = 0, max = 1) double draw, @ForAll @IntRange(min = 1, max = 7) int made) {
        var wait = new Schedule(() -> draw).after(made, null).orElseThrow();

        long table = TABLE.get(made - 1).toMillis();
        assertThat(wait.toMillis()).isBetween(table * 8 / 10, table * 12 / 10);
    }

    @Property
    void whatIsAskedForIsHeldBetweenOnceAndTwiceTheTable(
            @ForAll @DoubleRange(min = 0, max = 1) double draw,
            @ForAll @IntRange(min = 1, max = 7) int made,
            @ForAll @LongRange(min = 0, max = 86_400_000) long asked) {
        var wait =
                new Schedule(() -> draw).after(made, Duration.ofMillis(asked)).orElseThrow();

        var table = TABLE.get(made - 1);
        assertThat(wait).isBetween(table, table.multipliedBy(2));
        if (asked >= table.toMillis() && asked <= 2 * table.toMillis()) {
            assertThat(wait).isEqualTo(Duration.ofMillis(asked));
        }
    }

    @Property
    void behindTheLastThereIsNone(
            @ForAll @DoubleRange(min = 0, max = 1) double draw, @ForAll @IntRange(min = 8, max = 1_000_000) int made) {
        assertThat(new Schedule(() -> draw).after(made, null)).isEmpty();
        assertThat(new Schedule(() -> draw).after(made, Duration.ofSeconds(1))).isEmpty();
    }
}
