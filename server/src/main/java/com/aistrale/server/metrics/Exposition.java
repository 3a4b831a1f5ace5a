package com.aistrale.server.metrics;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** The figures of one scrape, as text. The library that knows how is loaded with the first one. One thread. */
final class Exposition implements Sink {
    static final ExpositionFormatWriter PROMETHEUS = PrometheusTextFormatWriter.create();
    static final ExpositionFormatWriter OPEN_METRICS = OpenMetricsTextFormatWriter.create();

    private final MetricSnapshots.Builder all = MetricSnapshots.builder();

    @Override
    public void gauge(String name, String help, double value) {
        all.metricSnapshot(GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
                .build());
    }

    @Override
    public void counter(String name, String help, String label, Map<String, Long> values) {
        var counter = CounterSnapshot.builder().name(without("_total", name)).help(help);
        values.forEach((word, value) -> counter.dataPoint(CounterDataPointSnapshot.builder()
                .labels(Labels.of(label, word))
                .value(value)
                .build()));
        all.metricSnapshot(counter.build());
    }

    @Override
    public void histogram(String name, String help, Histogram histogram) {
        var buckets = ClassicHistogramBuckets.builder();
        var bounds = histogram.bounds();
        var counts = histogram.counts();
        for (int i = 0; i < counts.length; i++) {
            buckets.bucket(i < bounds.length ? bounds[i] : Double.POSITIVE_INFINITY, counts[i]);
        }
        all.metricSnapshot(HistogramSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(buckets.build())
                        .sum(histogram.sumSeconds())
                        .build())
                .build());
    }

    @Override
    public void info(String name, String help, Map<String, String> labels) {
        var said = Labels.builder();
        labels.forEach(said::label);
        all.metricSnapshot(InfoSnapshot.builder()
                .name(without("_info", name))
                .help(help)
                .dataPoint(InfoDataPointSnapshot.builder().labels(said.build()).build())
                .build());
    }

    /** The library adds what every name of a kind ends in. */
    private static String without(String end, String name) {
        if (!name.endsWith(end)) {
            throw new IllegalArgumentException(name + " does not end in " + end);
        }
        return name.substring(0, name.length() - end.length());
    }

    byte[] text(ExpositionFormatWriter format) {
        var out = new ByteArrayOutputStream();
        try {
            format.write(out, all.build(), EscapingScheme.DEFAULT);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }
}
