package com.aistrale.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HistogramTest {
    @Test
    void aBoundBelongsToItsBucket() {
        var histogram = new Histogram(0.1, 1);
        for (long millis : new long[] {0, 100, 101, 1000, 1001, 60_000}) {
            histogram.add(millis * 1_000_000);
        }

        assertThat(histogram.counts()).containsExactly(2, 2, 2);
        assertThat(histogram.sumSeconds()).isEqualTo(62.202);
    }

    @Test
    void itsBoundsRise() {
        assertThatThrownBy(() -> new Histogram(1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
