package com.aistrale.server.telemetry.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TakingTest {
    private final AtomicInteger aborted = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong now = new AtomicLong();
    private final Taking taking = new Taking(aborted::incrementAndGet, over::get, now::get);

    private void after(long millis) {
        now.addAndGet(millis * 1_000_000);
        taking.tick(now.get());
    }

    @Test
    void aWriteMayTakeAMinute() throws Exception {
        taking.writing(() -> {
            after(60_000);
            assertThat(aborted).hasValue(0);
            after(1);
            assertThat(aborted).hasValue(1);
        });
    }

    @Test
    void andASecondWhenTheGraceIsOver() throws Exception {
        taking.writing(() -> {
            after(1_001);
            assertThat(aborted).hasValue(0);
            over.set(true);
            after(0);
            assertThat(aborted).hasValue(1);
        });
    }

    @Test
    void betweenWritesNobodyIsGivenUp() throws Exception {
        taking.writing(() -> after(59_000));
        after(59_000);
        taking.writing(() -> after(59_000));
        after(600_000);
        assertThat(aborted).hasValue(0);
    }
}
