package com.aistrale.server.routing;

import static com.aistrale.server.routing.CircuitFixture.PATIENT;
import static com.aistrale.server.routing.CircuitFixture.broken;
import static com.aistrale.server.routing.CircuitFixture.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many circuits, and many callers. */
@Timeout(60)
class CircuitsTest {
    private final CircuitFixture at = new CircuitFixture(100);

    @Test
    void whatSaysNothingOfTheProviderTakesNoPlace() {
        for (int i = 0; i < 50; i++) {
            at.enter("made-up-" + i).failed(problem(ProblemCode.PROVIDER_REJECTED, 404, "no such model"), PATIENT);
            at.enter("made-up-" + i).ignored();
            at.enter("made-up-" + i).close();
        }
        assertThat(at.circuits.size()).isZero();
    }

    @Test
    void whoHasMoreThanHisShareLosesWhatWasNotUsedForLongest() {
        for (int i = 0; i < 10; i++) {
            at.circuits.enter("ws_quiet", "openai", "model-" + i).failed(broken(), PATIENT);
        }
        for (int i = 0; i < 1000; i++) {
            at.pass(Duration.ofMillis(1100));
            at.enter("model-" + i).failed(broken(), PATIENT);
            assertThat(at.circuits.size()).isLessThanOrEqualTo(101);
        }
        at.now = CircuitFixture.BEGIN; // where all count
        assertThat(at.circuits.health("ws_quiet").get("openai").lastFailure()).isNotNull();
        for (int i = 0; i < 10; i++) {
            for (int more = 0; more < 4; more++) {
                at.circuits.enter("ws_quiet", "openai", "model-" + i).failed(broken(), PATIENT);
            }
        }
        assertThat(at.circuits.health("ws_quiet").get("openai").openCircuits())
                .as("their first failures were not forgotten")
                .hasSize(10);
    }

    @Test
    void anOpenCircuitThatIsForgottenIsSaidToBe() {
        at.open();
        for (int i = 0; i < 100; i++) {
            at.pass(Duration.ofSeconds(2));
            at.enter("model-" + i).succeeded();
        }
        assertThat(at.turns.getLast())
                .isInstanceOf(Turn.Dropped.class)
                .extracting(turn -> turn.place().model())
                .isEqualTo("gpt-4o");
        assertThat(at.isOpen()).isFalse();
    }

    @Test
    void aProbeOfAForgottenCircuitSaysNothingAnyMore() {
        at.open();
        at.pass(Circuit.FIRST_PAUSE);
        var probe = at.enter();
        at.circuits.forget(CircuitFixture.WORKSPACE);
        int before = at.turns.size();
        probe.failed(broken(), PATIENT);
        assertThat(at.turns).hasSize(before);
        assertThat(at.circuits.size()).isZero();
    }

    @Test
    void ofManyWhoComeAtOnceOneTries() throws Exception {
        for (int round = 0; round < 200; round++) {
            var circuit = new CircuitFixture();
            circuit.open();
            circuit.pass(Circuit.FIRST_PAUSE);
            var probes = new AtomicInteger();
            var refused = new AtomicInteger();
            var go = new CountDownLatch(1);
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 16; i++) {
                    threads.submit(() -> {
                        go.await();
                        try {
                            if (circuit.enter().isProbe()) {
                                probes.incrementAndGet();
                            }
                        } catch (ProblemException open) {
                            refused.incrementAndGet();
                        }
                        return true;
                    });
                }
                go.countDown();
            }
            assertThat(probes.get()).isEqualTo(1);
            assertThat(refused.get()).isEqualTo(15);
        }
    }

    @Test
    void ofManyWhoFailAtOnceItOpensOnce() throws Exception {
        for (int round = 0; round < 100; round++) {
            var turns = new AtomicInteger();
            var circuit = new CircuitFixture(turn -> turns.incrementAndGet());
            var go = new CountDownLatch(1);
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 16; i++) {
                    var permit = circuit.enter();
                    threads.submit(() -> {
                        go.await();
                        permit.failed(broken(), PATIENT);
                        return true;
                    });
                }
                go.countDown();
            }
            assertThat(turns.get()).isEqualTo(1);
            assertThat(circuit.isOpen()).isTrue();
        }
    }
}
