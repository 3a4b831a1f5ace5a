package com.aistrale;

import java.util.Iterator;

/**
 * Records as their inferences end. Iterate over it once, by one thread; each step waits for the next record, and throws an {@link
 * AistraleException} where the connection was lost and cannot be made again. It ends only when it is closed, from any thread.
 */
public final class TelemetryStream implements Iterable<InferenceRecord>, AutoCloseable {
    private final Live<InferenceRecord> live;

    private TelemetryStream(Live<InferenceRecord> live) {
        this.live = live;
    }

    static TelemetryStream open(Exchange exchange, String target) {
        var records = new Live.Subject<>("record", target, "inference"::equals, InferenceRecord::read);
        return new TelemetryStream(new Live<>(exchange, records, "", Live.Watcher.NOBODY));
    }

    /**
     * The records, once.
     *
     * @throws IllegalStateException if they were asked for before
     */
    @Override
    public Iterator<InferenceRecord> iterator() {
        return live.iterator();
    }

    /** Ends it. May be called several times, from any thread. */
    @Override
    public void close() {
        live.close();
    }
}
