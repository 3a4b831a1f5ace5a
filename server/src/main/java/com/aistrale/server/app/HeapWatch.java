package com.aistrale.server.app;

import com.aistrale.server.kit.http.Ticker;
import java.util.function.LongSupplier;

/**
 * Has the whole heap collected whenever it grew by {@link #STEP}. The serial collector looks for what died old only when
 * all the heap that it may ever have is used, a quarter of the machine's memory, and takes more until then: connections
 * that closed after minutes, with their buffers, would stay that long. What lives is small, so that a look takes some
 * 20 ms, once in several hundred thousand calls.
 */
final class HeapWatch implements Ticker.Ticked {
    /** How many bytes more it may take than after the last look. */
    static final long STEP = 16L << 20;

    static final long LOOK_EVERY_NANOS = 5_000_000_000L;

    private final LongSupplier taken;
    private final Runnable collect;
    private long lastLook;
    private long base;

    HeapWatch(long now) {
        this(now, Runtime.getRuntime()::totalMemory, System::gc);
    }

    /** @param taken the bytes that the heap has of the system */
    HeapWatch(long now, LongSupplier taken, Runnable collect) {
        this.taken = taken;
        this.collect = collect;
        this.lastLook = now;
        this.base = taken.getAsLong();
    }

    @Override
    public void tick(long nanoTime) {
        if (nanoTime - lastLook < LOOK_EVERY_NANOS) {
            return;
        }
        lastLook = nanoTime;
        if (taken.getAsLong() - base >= STEP) {
            collect.run();
            base = taken.getAsLong();
        }
    }
}
