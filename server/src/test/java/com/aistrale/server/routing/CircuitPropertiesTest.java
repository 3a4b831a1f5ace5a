package com.aistrale.server.routing;

import static com.aistrale.server.routing.CircuitFixture.PATIENT;
import static com.aistrale.server.routing.CircuitFixture.broken;
import static com.aistrale.server.routing.CircuitFixture.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** What holds whatever happens, in any order. */
class CircuitPropertiesTest {
    /** What may happen; {@code SUCCEED} to {@code VANISH} to one of the calls that run. */
    enum Step {
        ENTER,
        SUCCEED,
        FAIL,
        BE_LIMITED,
        BE_IMPATIENT,
        VANISH,
        MOMENT,
        SECONDS,
        MINUTES
    }

    record Happening(Step step, int which) {}

    @Provide
    Arbitrary<List<Happening>> happenings() {
        var steps = Arbitraries.frequency(
                Tuple.of(8, Step.ENTER),
                Tuple.of(2, Step.SUCCEED),
                Tuple.of(5, Step.FAIL),
                Tuple.of(1, Step.BE_LIMITED),
                Tuple.of(1, Step.BE_IMPATIENT),
                Tuple.of(1, Step.VANISH),
                Tuple.of(2, Step.MOMENT),
                Tuple.of(2, Step.SECONDS),
                Tuple.of(1, Step.MINUTES));
        return Combinators.combine(steps, Arbitraries.integers().between(0, 400))
                .as(Happening::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(150);
    }

    private record Counted(Instant at, boolean failed) {}

    /** One course of things, with what is known of it from outside. */
    private static final class Course {
        final CircuitFixture at = new CircuitFixture();
        final List<Permit> running = new ArrayList<>();
        final List<Counted> counted = new ArrayList<>();
        int generation;
        final List<Integer> generations = new ArrayList<>();
        Duration pause = Duration.ZERO;
        boolean open;

        void happen(Happening happening) {
            switch (happening.step()) {
                case ENTER -> enter();
                case MOMENT -> at.pass(Duration.ofMillis(happening.which()));
                case SECONDS -> at.pass(Duration.ofMillis(100L * happening.which()));
                case MINUTES -> at.pass(Duration.ofSeconds(happening.which()));
                case SUCCEED, FAIL, BE_LIMITED, BE_IMPATIENT, VANISH -> {
                    if (!running.isEmpty()) {
                        end(happening.which() % running.size(), happening.step());
                    }
                }
            }
            assertThat(running.stream().filter(Permit::isProbe))
                    .as("who tries it at the same time")
                    .hasSizeLessThan(2);
        }

        private void enter() {
            try {
                var permit = at.enter();
                assertThat(permit.isProbe()).isEqualTo(open);
                running.add(permit);
                generations.add(generation);
            } catch (ProblemException refused) {
                assertThat(open).isTrue();
                assertThat(Objects.requireNonNull(refused.problem().retryAfter()))
                        .isBetween(Duration.ofSeconds(1), Circuit.LONGEST_PAUSE);
            }
        }

        private void end(int which, Step how) {
            var permit = running.remove(which);
            boolean current = generations.remove(which) == generation;
            int before = at.turns.size();
            switch (how) {
                case SUCCEED -> permit.succeeded();
                case FAIL -> permit.failed(broken(), PATIENT);
                case BE_LIMITED -> permit.failed(problem(ProblemCode.PROVIDER_RATE_LIMITED, 429, "slower"), PATIENT);
                case BE_IMPATIENT ->
                    permit.failed(problem(ProblemCode.PROVIDER_TIMEOUT, null, "late"), Duration.ofMillis(9_999));
                default -> permit.close();
            }
            var said = at.turns.subList(before, at.turns.size());
            if (permit.isProbe()) {
                afterProbe(how, said);
            } else if (current && !open && (how == Step.SUCCEED || how == Step.FAIL)) {
                counted.add(new Counted(at.now, how == Step.FAIL));
                afterCall(how, said);
            } else {
                assertThat(said).isEmpty();
            }
        }

        private void afterProbe(Step how, List<Turn> said) {
            if (how == Step.SUCCEED) {
                assertThat(said).singleElement().isInstanceOf(Turn.Recovered.class);
                open = false;
                generation++;
                counted.clear();
                counted.add(new Counted(at.now, false));
                assertThat(at.isOpen()).as("stuck after a success").isFalse();
            } else if (how == Step.FAIL) {
                var next = pause.multipliedBy(2).compareTo(Circuit.LONGEST_PAUSE) < 0
                        ? pause.multipliedBy(2)
                        : Circuit.LONGEST_PAUSE;
                opened(said, next);
            } else {
                assertThat(said).isEmpty();
            }
        }

        private void afterCall(Step how, List<Turn> said) {
            var since = Instant.ofEpochSecond(at.now.getEpochSecond() - 59);
            var calls =
                    counted.stream().filter(call -> !call.at().isBefore(since)).toList();
            long failures = calls.stream().filter(Counted::failed).count();
            if (how == Step.FAIL && calls.size() >= 5 && 2 * failures >= calls.size()) {
                opened(said, Circuit.FIRST_PAUSE);
                open = true;
                generation++;
            } else {
                assertThat(said).as(failures + " of " + calls.size()).isEmpty();
            }
        }

        private void opened(List<Turn> said, Duration next) {
            assertThat(said).singleElement().isInstanceOf(Turn.Failing.class);
            var opening = ((Turn.Failing) said.getFirst()).opening();
            assertThat(opening.openedAt()).isEqualTo(at.now);
            pause = Duration.between(at.now, opening.retryAt());
            assertThat(pause).isEqualTo(next).isBetween(Circuit.FIRST_PAUSE, Circuit.LONGEST_PAUSE);
            assertThat(opening.failurePercent()).isBetween(50, 100);
        }

        /** However it stands, it goes on when the provider answers. */
        void goOn() {
            running.forEach(Permit::close);
            at.pass(Circuit.LONGEST_PAUSE);
            at.enter().succeeded();
            for (int i = 0; i < 3; i++) {
                assertThat(at.enter().isProbe()).isFalse();
            }
        }
    }

    @Property
    void oneTriesAtATimeAndItOpensAndClosesAsItShould(@ForAll("happenings") List<Happening> happenings) {
        var course = new Course();
        happenings.forEach(course::happen);
        course.goOn();
    }
}
