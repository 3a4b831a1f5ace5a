package com.aistrale.server.kit.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what runs for long every {@link #PERIOD}, so that a call that is done sooner costs no timer. Thread-safe.
 */
public final class Ticker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);

    /** How often it looks. */
    public static final Duration PERIOD = Duration.ofMillis(100);

    /** What is looked at. Must not block. */
    public interface Ticked {
        /** @param nanoTime {@link System#nanoTime} */
        void tick(long nanoTime);
    }

    private final Set<Ticked> all = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean closed;

    public Ticker() {
        thread = Thread.ofPlatform().daemon().name("ticker").start(this::run);
    }

    public void add(Ticked ticked) {
        all.add(ticked);
    }

    public void remove(Ticked ticked) {
        all.remove(ticked);
    }

    private void run() {
        while (!closed) {
            try {
                Thread.sleep(PERIOD);
            } catch (InterruptedException end) {
                return;
            }
            long now = System.nanoTime();
            for (var ticked : all) {
                try {
                    ticked.tick(now);
                } catch (RuntimeException failed) {
                    LOG.error("a tick failed", failed);
                }
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
