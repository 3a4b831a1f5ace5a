package com.aistrale.server.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ArrivalsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Arrivals arrivals = new Arrivals();

    @Test
    @Timeout(10)
    void whatOthersToldWakesAndIsNotOfOurOwn() throws Exception {
        arrivals.join();
        long seen = arrivals.count();
        var waits = Thread.ofVirtual().start(() -> {
            try {
                arrivals.await(seen, LONG);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });

        arrivals.wake();

        waits.join();
        assertThat(arrivals.count()).isEqualTo(seen + 1);
        assertThat(arrivals.own()).isZero();
        arrivals.signal();
        assertThat(arrivals.count()).isEqualTo(seen + 2);
        assertThat(arrivals.own()).isEqualTo(1);
    }

    @Test
    @Timeout(10)
    void whatCameBeforeTheWaitEndsIt() throws Exception {
        arrivals.join();
        long seen = arrivals.count();
        arrivals.signal();

        arrivals.await(seen, LONG);
    }

    @Test
    void whereNobodyListensNothingIsCounted() {
        arrivals.signal();
        arrivals.join();
        arrivals.leave();
        arrivals.wake();

        assertThat(arrivals.count()).isZero();
        assertThat(arrivals.own()).isZero();
    }
}
