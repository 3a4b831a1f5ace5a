package com.aistrale.server.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Circuits by a clock that the test moves. */
final class CircuitFixture {
    static final Instant BEGIN = Instant.parse("2026-11-25T08:30:00Z");
    static final String WORKSPACE = "ws_1";
    static final Duration PATIENT = Duration.ofSeconds(60);

    final List<Turn> turns = new ArrayList<>();
    final Circuits circuits;
    Instant now = BEGIN;

    CircuitFixture() {
        this(Circuits.MOST);
    }

    CircuitFixture(int most) {
        circuits = new Circuits(() -> now, new Ids(() -> now, new Random(1)), turns::add, most);
    }

    /** Of which somebody is told. */
    CircuitFixture(Consumer<Turn> told) {
        circuits = new Circuits(() -> now, new Ids(() -> now, new Random()), told.andThen(turns::add), Circuits.MOST);
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    Permit enter() {
        return enter("gpt-4o");
    }

    Permit enter(String model) {
        return circuits.enter(WORKSPACE, "openai", model);
    }

    void succeed(int times) {
        for (int i = 0; i < times; i++) {
            enter().succeeded();
        }
    }

    void fail(int times) {
        for (int i = 0; i < times; i++) {
            enter().failed(broken(), PATIENT);
        }
    }

    /** Opens the circuit. */
    void open() {
        for (int i = 0; i < 10 && !isOpen(); i++) {
            fail(1);
        }
        assertThat(isOpen()).isTrue();
    }

    /** Whether the next call would be refused. */
    boolean isOpen() {
        try (var permit = enter()) {
            return permit.isProbe();
        } catch (ProblemException refused) {
            return true;
        }
    }

    Problem refusal() {
        var refused = catchThrowableOfType(ProblemException.class, this::enter);
        assertThat(refused).as("it is let through").isNotNull();
        return refused.problem();
    }

    Health health() {
        return circuits.health(WORKSPACE).getOrDefault("openai", Health.UNKNOWN);
    }

    static Problem broken() {
        return problem(ProblemCode.PROVIDER_FAILED, 500, "OpenAI failed (500): Out of order.");
    }

    static Problem problem(ProblemCode code, @Nullable Integer status, String detail) {
        return new Problem(code, detail, List.of(), "openai", status, null, false);
    }
}
