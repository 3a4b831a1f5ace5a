package com.aistrale.server.telemetry.summary;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** Percentiles are the nearest rank of all values, sorted; nothing else. */
class DistributionPropertiesTest {
    @Property
    void nearestRank(
            @ForAll @Size(max = 500) List<@LongRange(min = 0, max = 60) Long> values,
            @ForAll @IntRange(min = 1, max = 100) int percent) {
        check(values, percent);
    }

    @Property
    void alsoOfLargeValues(
            @ForAll @Size(max = 50) List<Long> values, @ForAll @IntRange(min = 1, max = 100) int percent) {
        check(values, percent);
    }

    private static void check(List<Long> values, int percent) {
        var distribution = new Distribution();
        values.forEach(distribution::add);
        var sorted = values.stream().sorted().toList();
        int rank = (int) Math.ceil(sorted.size() * (double) percent / 100 - 1e-9);

        assertThat(distribution.percentile(percent)).isEqualTo(sorted.isEmpty() ? null : sorted.get(rank - 1));
        assertThat(distribution.percentile(percent)).as("asked again").isEqualTo(distribution.percentile(percent));
    }
}
