package com.aistrale.server.kit.memo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RememberedTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger reads = new AtomicInteger();
    private final Remembered<String, String> remembered = new Remembered<>(Duration.ofSeconds(1), nanos::get);

    private String read() {
        return remembered.get("key", key -> key + " " + reads.incrementAndGet());
    }

    @Test
    void itIsReadOnceUntilItsTimeIsOver() {
        assertThat(read()).isEqualTo("key 1");
        nanos.addAndGet(999_999_999);
        assertThat(read()).isEqualTo("key 1");
        nanos.addAndGet(1);
        assertThat(read()).isEqualTo("key 2");
    }

    @Test
    void itIsAsOldAsTheBeginOfItsReading() {
        remembered.get("key", key -> {
            nanos.addAndGet(600_000_000);
            return "slow";
        });
        nanos.addAndGet(400_000_000);
        assertThat(read()).isEqualTo("key 1");
    }

    @Test
    void whatIsForgottenIsReadAgain() {
        read();
        remembered.forget("key");
        assertThat(read()).isEqualTo("key 2");
        remembered.forgetIf((key, value) -> value.equals("key 2"));
        assertThat(read()).isEqualTo("key 3");
        remembered.forgetIf((key, value) -> false);
        assertThat(read()).isEqualTo("key 3");
    }

    @Test
    void whatIsForgottenWhileItIsReadIsNotRemembered() {
        var old = remembered.get("key", key -> {
            remembered.forget("key");
            return "old";
        });
        assertThat(old).isEqualTo("old");
        assertThat(read()).isEqualTo("key 1");
    }

    @Test
    void aFailureIsNotRemembered() {
        assertThatThrownBy(() -> remembered.get("key", key -> {
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(read()).isEqualTo("key 1");
    }
}
