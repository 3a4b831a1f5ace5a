package com.aistrale.server.inference;

import com.aistrale.server.metrics.Histogram;
import com.aistrale.server.metrics.Sink;
import com.aistrale.server.metrics.Source;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/** What this node's inferences came to, counted since it started. Thread-safe. */
final class Figures implements Source {
    private final IntSupplier running;

    /** Not changed once it is filled. */
    private final Map<Status, LongAdder> ended = new EnumMap<>(Status.class);

    private final Histogram completed = new Histogram(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300);

    Figures(IntSupplier running) {
        this.running = running;
        for (var status : Status.values()) {
            if (status != Status.RUNNING) {
                ended.put(status, new LongAdder());
            }
        }
    }

    /** @param nanos from its request to its record */
    void ended(Status status, long nanos) {
        Objects.requireNonNull(ended.get(status)).increment();
        if (status == Status.COMPLETED) {
            completed.add(nanos);
        }
    }

    @Override
    public void collect(Sink sink) {
        var byStatus = new LinkedHashMap<String, Long>();
        ended.forEach((status, count) -> byStatus.put(status.wireName(), count.sum()));
        sink.counter(
                "aistrale_inferences_total",
                "Inferences of this node that ended, by their status.",
                "status",
                byStatus);
        sink.gauge("aistrale_inferences_running", "Inferences that run on this node.", running.getAsInt());
        sink.histogram(
                "aistrale_inference_seconds",
                "How long completed inferences of this node took, from the request to the record.",
                completed);
    }
}
