package com.aistrale.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CaptureSettingTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean on;
    private final CaptureSetting setting = new CaptureSetting(
            workspace -> {
                asked.incrementAndGet();
                return on && workspace.equals("ws_1");
            },
            nanos::get);

    private void sleep(long millis) {
        nanos.addAndGet(millis * 1_000_000);
    }

    @Test
    void itIsAskedOnceASecondAtMost() {
        for (int i = 0; i < 1000; i++) {
            assertThat(setting.isOn("ws_1")).isFalse();
        }
        assertThat(asked).hasValue(1);
    }

    @Test
    void aChangeIsSeenAfterTwoSecondsAtTheLatest() {
        setting.isOn("ws_1");
        on = true;
        sleep(999);
        assertThat(setting.isOn("ws_1")).isFalse();
        sleep(1001);
        assertThat(setting.isOn("ws_1")).isTrue();
        assertThat(setting.isOn("ws_2")).as("each its own").isFalse();
    }

    @Test
    void underLoadItIsAskedBesideTheCalls() {
        setting.isOn("ws_1");
        on = true;
        sleep(1100);
        setting.isOn("ws_1");
        await().until(() -> setting.isOn("ws_1"));
        assertThat(asked).hasValue(2);
    }

    @Test
    void anInferenceGetsWhatHeldWhenItBegan() {
        on = true;
        var begun = setting.of("ws_1");
        assertThat(begun.getAsBoolean()).isTrue();
        on = false;
        sleep(5000);
        assertThat(begun.getAsBoolean()).isTrue();
        assertThat(setting.of("ws_1").getAsBoolean()).isFalse();
    }

    @Test
    void withoutAnAnswerTheLastKnownOneHoldsAndNothingIsKeptWithoutAny() {
        var broken = new AtomicBoolean();
        var fragile = new CaptureSetting(
                workspace -> {
                    if (broken.get()) {
                        throw Problem.of(ProblemCode.DATABASE_UNAVAILABLE, "away")
                                .exception();
                    }
                    return true;
                },
                nanos::get);
        assertThat(fragile.of("ws_1").getAsBoolean()).isTrue();
        broken.set(true);
        sleep(5000);

        assertThat(fragile.of("ws_1").getAsBoolean()).isTrue();
        assertThat(fragile.of("ws_2").getAsBoolean()).isFalse();
    }

    @Test
    void aSlowReadHoldsNobodyForLong() throws Exception {
        var gate = new CountDownLatch(1);
        var slow = new CaptureSetting(
                workspace -> {
                    try {
                        gate.await();
                    } catch (InterruptedException unexpected) {
                        throw new AssertionError(unexpected);
                    }
                    return true;
                },
                nanos::get);
        try {
            assertThat(slow.of("ws_1").getAsBoolean()).isFalse();
        } finally {
            gate.countDown();
        }
        await().until(() -> slow.of("ws_1").getAsBoolean());
    }
}
