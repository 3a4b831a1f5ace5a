package com.aistrale.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExpositionTest {
    @Test
    void everyKindOfFigure() {
        var exposition = new Exposition();
        var histogram = new Histogram(0.5, 1);
        histogram.add(500_000_000);
        histogram.add(750_000_000);
        histogram.add(2_000_000_000);
        var byWord = new LinkedHashMap<String, Long>();
        byWord.put("a", 1L);
        byWord.put("b \"\\\n", 2L);
        exposition.histogram("it_seconds", "How long.", histogram);
        exposition.counter("it_total", "How many.", "word", byWord);
        exposition.gauge("it_now", "How many now.", 3);

        var lines = new String(exposition.text(Exposition.PROMETHEUS), StandardCharsets.UTF_8)
                .lines()
                .toList();

        assertThat(lines)
                .isEqualTo(List.of(
                        "# HELP it_total How many.",
                        "# TYPE it_total counter",
                        "it_total{word=\"a\"} 1.0",
                        "it_total{word=\"b \\\"\\\\\\n\"} 2.0",
                        "# HELP it_now How many now.",
                        "# TYPE it_now gauge",
                        "it_now 3.0",
                        "# HELP it_seconds How long.",
                        "# TYPE it_seconds histogram",
                        "it_seconds_bucket{le=\"0.5\"} 1",
                        "it_seconds_bucket{le=\"1.0\"} 2",
                        "it_seconds_bucket{le=\"+Inf\"} 3",
                        "it_seconds_count 3",
                        "it_seconds_sum 3.25"));
    }
}
