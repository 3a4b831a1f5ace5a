package com.aistrale.server.budgets;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Periods are of UTC; weeks begin on Monday. */
class PeriodTest {
    private static final long YEAR_9999 = 253_402_300_799_999L;

    @ParameterizedTest
    @CsvSource({
        "HOUR,  2026-11-26T01:59:59.999Z, 2026-11-26T01:00:00Z, 2026-11-26T02:00:00Z",
        "HOUR,  2026-11-26T02:00:00.000Z, 2026-11-26T02:00:00Z, 2026-11-26T03:00:00Z",
        "DAY,   2026-12-31T23:59:59.999Z, 2026-12-31T00:00:00Z, 2027-01-01T00:00:00Z",
        "DAY,   2026-03-29T12:00:00.000Z, 2026-03-29T00:00:00Z, 2026-03-30T00:00:00Z",
        "WEEK,  2026-11-26T01:59:00.000Z, 2026-11-23T00:00:00Z, 2026-11-30T00:00:00Z",
        "WEEK,  2026-11-29T23:59:59.999Z, 2026-11-23T00:00:00Z, 2026-11-30T00:00:00Z",
        "WEEK,  2026-11-30T00:00:00.000Z, 2026-11-30T00:00:00Z, 2026-12-07T00:00:00Z",
        "WEEK,  2027-01-01T12:00:00.000Z, 2026-12-28T00:00:00Z, 2027-01-04T00:00:00Z",
        "WEEK,  1970-01-01T00:00:00.000Z, 1969-12-29T00:00:00Z, 1970-01-05T00:00:00Z",
        "MONTH, 2026-11-30T23:59:59.999Z, 2026-11-01T00:00:00Z, 2026-12-01T00:00:00Z",
        "MONTH, 2026-12-31T23:59:59.999Z, 2026-12-01T00:00:00Z, 2027-01-01T00:00:00Z",
        "MONTH, 2028-02-29T12:00:00.000Z, 2028-02-01T00:00:00Z, 2028-03-01T00:00:00Z",
        "MONTH, 2026-02-28T23:00:00.000Z, 2026-02-01T00:00:00Z, 2026-03-01T00:00:00Z",
    })
    void beginsAndEnds(Period period, Instant time, Instant start, Instant end) {
        assertThat(period.start(time)).isEqualTo(start);
        assertThat(period.end(start)).isEqualTo(end);
    }

    @Property
    void everyTimeIsInOnePeriod(@ForAll Period period, @ForAll @LongRange(max = YEAR_9999) long millis) {
        var time = Instant.ofEpochMilli(millis);
        var start = period.start(time);
        assertThat(start).isBeforeOrEqualTo(time);
        assertThat(period.start(start)).isEqualTo(start);
        if (period == Period.TOTAL) {
            assertThat(period.end(start)).isNull();
        } else {
            var end = Objects.requireNonNull(period.end(start));
            assertThat(end).isAfter(time);
            assertThat(period.start(end)).isEqualTo(end);
            assertThat(period.start(end.minusMillis(1))).isEqualTo(start);
        }
    }
}
