package com.aistrale.server.telemetry.export;

import com.aistrale.server.kit.http.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** A client that is sent an export: given up when it does not take what it is sent. Thread-safe. */
final class Taking implements Ticker.Ticked {
    /** How long one write may take. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** And that when the grace of a stop is over. */
    static final Duration FAREWELL = Duration.ofSeconds(1);

    /** What is sent. */
    interface Write {
        void run() throws IOException;
    }

    private final Runnable abort;
    private final BooleanSupplier over;
    private final LongSupplier nanoTime;
    private boolean isWriting;
    private long writingSince;

    /** @param over whether the grace of a stop is over */
    Taking(Runnable abort, BooleanSupplier over, LongSupplier nanoTime) {
        this.abort = abort;
        this.over = over;
        this.nanoTime = nanoTime;
    }

    void writing(Write write) throws IOException {
        synchronized (this) {
            isWriting = true;
            writingSince = nanoTime.getAsLong();
        }
        try {
            write.run();
        } finally {
            synchronized (this) {
                isWriting = false;
            }
        }
    }

    @Override
    public synchronized void tick(long now) {
        var most = over.getAsBoolean() ? FAREWELL : PATIENCE;
        if (isWriting && now - writingSince > most.toNanos()) {
            abort.run();
        }
    }
}
