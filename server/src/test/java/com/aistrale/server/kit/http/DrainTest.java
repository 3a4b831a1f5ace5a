package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DrainTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final Drain drain = new Drain();

    @Test
    void withNothingRunningItIsDoneAtOnce() throws InterruptedException {
        drain.admit("/run").close();
        drain.begin();

        assertThat(drain.await(LONG)).isTrue();
    }

    @Test
    void itWaitsForWhatRuns() throws InterruptedException {
        var first = drain.admit("/run");
        var second = drain.admit("/run");
        drain.begin();
        var ended = new AtomicInteger();
        var ending = Thread.ofVirtual().start(() -> {
            first.close();
            ended.incrementAndGet();
            second.close();
        });

        assertThat(drain.await(LONG)).isTrue();
        assertThat(ended).hasValue(1);
        ending.join();
    }

    @Test
    void itDoesNotWaitForEver() throws InterruptedException {
        try (var running = drain.admit("/run")) {
            drain.begin();
            assertThat(drain.await(SHORT)).isFalse();
            assertThat(running).isNotNull();
        }
    }

    @Test
    void whoWaitsASecondTimeWaitsForTheSame() throws InterruptedException {
        var running = drain.admit("/run");
        drain.begin();
        assertThat(drain.await(SHORT)).isFalse();
        assertThat(drain.await(SHORT)).isFalse();
        running.close();
        assertThat(drain.await(LONG)).isTrue();
        assertThat(drain.await(LONG)).isTrue();
    }

    @Test
    void whatIsNewIsRefusedWithAHintWhenToComeBack() {
        drain.begin();

        var refused = catchThrowableOfType(ProblemException.class, () -> drain.admit("/run"));
        assertThat(refused.problem().code()).isEqualTo(ProblemCode.OVERLOADED);
        assertThat(refused.problem().retryAfter()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void healthAndReadinessAreAnsweredToTheEnd() throws InterruptedException {
        drain.begin();
        try (var health = drain.admit("/health");
                var ready = drain.admit("/ready")) {
            assertThat(health).isNotNull();
            assertThat(ready).isNotNull();
            assertThat(drain.await(LONG)).as("and are not waited for").isTrue();
        }
    }

    @Test
    void thereMayBeManyAtOnce() throws InterruptedException {
        var running = new ArrayList<Drain.Admission>();
        for (int i = 0; i < 100_000; i++) {
            running.add(drain.admit("/run"));
        }
        drain.begin();
        assertThat(drain.await(SHORT)).isFalse();
        running.forEach(Drain.Admission::close);
        assertThat(drain.await(LONG)).isTrue();
    }
}
