package com.aistrale.cli.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PaceTest {
    private static CompletableFuture<Boolean> begin(Pace pace) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return pace.begin();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static boolean waits(CompletableFuture<Boolean> beginning) throws Exception {
        return CompletableFuture.anyOf(
                                beginning,
                                CompletableFuture.supplyAsync(
                                        () -> "late", CompletableFuture.delayedExecutor(150, TimeUnit.MILLISECONDS)))
                        .get()
                == "late";
    }

    @Test
    void letsSoManyRunAtOnce() throws Exception {
        var pace = new Pace(2, Duration.ZERO);
        assertThat(pace.begin()).isTrue();
        assertThat(pace.begin()).isTrue();
        var third = begin(pace);
        assertThat(waits(third)).isTrue();
        pace.ended();
        assertThat(third.get()).isTrue();
        assertThat(pace.running()).isEqualTo(2);
    }

    @Test
    void keepsAnInterval() throws Exception {
        var pace = new Pace(100, Duration.ofMillis(50));
        var began = System.nanoTime();
        for (var i = 0; i < 7; i++) {
            assertThat(pace.begin()).isTrue();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }

    @Test
    void whoIsAskedToWaitLetsHalfAsManyRunAfterwardsAndThenMore() throws Exception {
        var pace = new Pace(4, Duration.ZERO);
        pace.slow(Duration.ofMillis(400));
        pace.slow(Duration.ofMillis(400)); // the same wish, said to another one
        var began = System.nanoTime();
        assertThat(pace.begin()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(350));
        assertThat(pace.begin()).isTrue();
        var third = begin(pace);
        assertThat(waits(third)).as("half of four").isTrue();
        pace.ended();
        assertThat(third.get()).isTrue();
        pace.ended(); // two have been answered: one more may run
        assertThat(pace.begin()).isTrue();
        assertThat(pace.begin()).isTrue();
        assertThat(pace.running()).isEqualTo(3);
    }

    @Test
    void whoIsStoppedBeginsNothingAndWaitsForNothing() throws Exception {
        var pace = new Pace(1, Duration.ZERO);
        assertThat(pace.begin()).isTrue();
        var waiting = begin(pace);
        assertThat(waits(waiting)).isTrue();
        pace.stop();
        assertThat(waiting.get()).isFalse();
        pace.slow(Duration.ofHours(1));
        pace.awaitOpen();
        assertThat(pace.awaitRest(Duration.ofMillis(50))).isFalse();
        pace.ended();
        assertThat(pace.awaitRest(Duration.ofMillis(50))).isTrue();
    }
}
