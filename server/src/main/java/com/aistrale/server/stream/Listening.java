package com.aistrale.server.stream;

import com.aistrale.server.kit.http.ClientConnection;
import com.aistrale.server.kit.http.Ticker;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** A client that listens: whether it still does, and whether it takes what it is sent. Thread-safe. */
final class Listening implements Ticker.Ticked {
    /** How long one write may take; a client that comes back goes on behind what it got. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** And that while the server stops. */
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private final ClientConnection connection;
    private final BooleanSupplier draining;
    private final Runnable wake;
    private volatile boolean left;
    private boolean isWriting;
    private boolean woken;
    private long writingSince;

    Listening(ClientConnection connection, BooleanSupplier draining, Runnable wake) {
        this.connection = connection;
        this.draining = draining;
        this.wake = wake;
    }

    void watch() {
        connection.watch(this::leave);
    }

    void leave() {
        left = true;
        wake.run();
    }

    boolean isOver() {
        return left || draining.getAsBoolean();
    }

    void writing(Runnable write) {
        synchronized (this) {
            isWriting = true;
            writingSince = System.nanoTime();
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
    public synchronized void tick(long nanoTime) {
        boolean stopping = draining.getAsBoolean();
        if (stopping && !woken) {
            woken = true;
            wake.run();
        }
        var most = stopping ? FAREWELL : PATIENCE;
        if (isWriting && nanoTime - writingSince > most.toNanos()) {
            connection.abort();
        }
    }
}
