package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CancellationTest {
    private final Cancellation cancellation = new Cancellation();

    @Test
    void theFirstReasonCountsAndActionsRunOnce() {
        var ran = new ArrayList<String>();
        cancellation.onCancel(() -> ran.add("before"));

        cancellation.cancel("one");
        cancellation.cancel("two");
        cancellation.onCancel(() -> ran.add("after"));

        assertThat(cancellation.reason()).isEqualTo("one");
        assertThat(ran).isEqualTo(List.of("before", "after"));
    }

    @Test
    void whoWaitsWaitsAsLongAsNobodyCancels() {
        long begin = System.nanoTime();

        assertThat(cancellation.isCancelledWithin(Duration.ofMillis(150))).isFalse();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(150));
    }

    @Test
    void whoWaitsIsWokenWhenItIsCancelled() throws Exception {
        var cancelled = new AtomicReference<Boolean>();
        var waiting =
                Thread.ofVirtual().start(() -> cancelled.set(cancellation.isCancelledWithin(Duration.ofMinutes(10))));
        Thread.sleep(50);

        cancellation.cancel("enough");

        waiting.join();
        assertThat(cancelled).hasValue(true);
    }

    @Test
    void whatIsCancelledIsNotWaitedFor() {
        cancellation.cancel("enough");

        assertThat(cancellation.isCancelledWithin(Duration.ofMinutes(10))).isTrue();
        assertThat(cancellation.isCancelledWithin(Duration.ZERO)).isTrue();
    }

    @Test
    void noTimeIsNoWait() {
        assertThat(cancellation.isCancelledWithin(Duration.ZERO)).isFalse();
    }
}
