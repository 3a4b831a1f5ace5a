package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapWatchTest {
    private static final long MIB = 1 << 20;

    private long taken = 64 * MIB;
    private long lives = 20 * MIB;
    private int collections;
    private long now;
    private final HeapWatch watch = new HeapWatch(now, () -> taken, () -> {
        collections++;
        taken = lives;
    });

    private int after(long bytes) {
        taken = bytes;
        now += HeapWatch.LOOK_EVERY_NANOS;
        watch.tick(now);
        return collections;
    }

    @Test
    void aHeapThatGrewIsCollectedOnceForEachStep() {
        assertThat(after(64 * MIB + HeapWatch.STEP - 1)).isZero();
        assertThat(after(64 * MIB + HeapWatch.STEP)).isEqualTo(1);
        assertThat(after(20 * MIB + HeapWatch.STEP - 1)).isEqualTo(1);
        assertThat(after(20 * MIB + HeapWatch.STEP)).isEqualTo(2);
    }

    @Test
    void whatLivesIsNoReasonToLookAgain() {
        lives = 500 * MIB;
        assertThat(after(500 * MIB)).isEqualTo(1);
        assertThat(after(500 * MIB)).isEqualTo(1);
    }

    @Test
    void itLooksNotAtEveryTick() {
        taken = 1000 * MIB;
        watch.tick(HeapWatch.LOOK_EVERY_NANOS - 1);

        assertThat(collections).isZero();
    }
}
