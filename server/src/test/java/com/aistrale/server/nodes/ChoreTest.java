package com.aistrale.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ChoreTest {
    private final Semaphore done = new Semaphore(0);

    private Chore chore(Duration first, Runnable work) {
        return new Chore("test", first, Duration.ofMillis(1), work, "not done; soon again");
    }

    @Test
    void isDoneAgainAlsoWhereTheDatabaseWasNotThere() throws Exception {
        try (var chore = chore(Duration.ZERO, () -> {
            done.release();
            throw Problem.of(ProblemCode.DATABASE_UNAVAILABLE, "Away.").exception();
        })) {
            chore.start();

            assertThat(done.tryAcquire(3, 20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void beginsNotBeforeItsTimeAndEndsWhenItIsClosed() throws Exception {
        try (var later = chore(Duration.ofHours(1), done::release)) {
            later.start();
            assertThat(done.tryAcquire(50, TimeUnit.MILLISECONDS)).isFalse();
        }
        var chore = chore(Duration.ZERO, done::release);
        chore.start();
        done.acquire();

        chore.close();

        Thread.sleep(50);
        done.drainPermits();
        assertThat(done.tryAcquire(50, TimeUnit.MILLISECONDS)).isFalse();
    }
}
