package com.aistrale.server.routing;

import static com.aistrale.server.routing.CircuitFixture.BEGIN;
import static com.aistrale.server.routing.CircuitFixture.PATIENT;
import static com.aistrale.server.routing.CircuitFixture.broken;
import static com.aistrale.server.routing.CircuitFixture.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.routing.Health.Status;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CircuitTest {
    private final CircuitFixture at = new CircuitFixture();

    /** The last one is a failure. */
    @ParameterizedTest
    @CsvSource({
        "0, 4, false",
        "0, 5, true",
        "1, 4, true",
        "2, 3, true",
        "3, 2, false",
        "3, 3, true",
        "5, 4, false",
        "5, 5, true",
        "50, 49, false",
        "50, 50, true",
    })
    void itOpensWhenOfFiveCallsHalfFailed(int successes, int failures, boolean open) {
        at.succeed(successes);
        at.fail(failures);

        assertThat(at.isOpen()).isEqualTo(open);
        assertThat(at.turns).hasSize(open ? 1 : 0);
    }

    @Test
    void onlyTheLastMinuteCounts() {
        at.fail(4);
        at.pass(Duration.ofSeconds(60));
        at.fail(4);
        assertThat(at.isOpen()).isFalse();
        at.pass(Duration.ofSeconds(59));
        at.fail(1);
        assertThat(at.isOpen()).isTrue();
    }

    @Test
    void secondsLeaveTheWindowOneByOne() {
        for (int i = 0; i < 59; i++) {
            at.succeed(1);
            at.pass(Duration.ofSeconds(1));
        }
        at.succeed(1);
        assertThat(at.health().calls()).isEqualTo(60);
        at.pass(Duration.ofSeconds(1));
        assertThat(at.health().calls()).isEqualTo(59);
        at.pass(Duration.ofSeconds(58));
        assertThat(at.health().calls()).isEqualTo(1);
        at.pass(Duration.ofSeconds(1));
        assertThat(at.health().calls()).isZero();
    }

    /** Whatever they are, twenty of them leave it closed, and do not count as calls. */
    @ParameterizedTest
    @CsvSource({
        "PROVIDER_REJECTED, 400, 60000",
        "PROVIDER_REJECTED, 404, 60000",
        "PROVIDER_AUTHENTICATION_FAILED, 401, 60000",
        "PROVIDER_AUTHENTICATION_FAILED, 403, 60000",
        "PROVIDER_RATE_LIMITED, 429, 60000",
        "PROVIDER_TIMEOUT, 408, 60000",
        "PROVIDER_TIMEOUT, , 9999",
        "PROVIDER_TIMEOUT, , 50",
        "INVALID_REQUEST, , 60000",
        "CANCELLED, , 60000",
        "BUDGET_EXCEEDED, , 60000",
    })
    void whatTheProviderIsNotToBlameForLeavesItClosed(ProblemCode code, @Nullable Integer status, long timeoutMs) {
        for (int i = 0; i < 20; i++) {
            at.enter().failed(problem(code, status, "no"), Duration.ofMillis(timeoutMs));
        }
        assertThat(at.isOpen()).isFalse();
        assertThat(at.health().calls()).isZero();
        assertThat(at.health().failureRate()).isNull();
        assertThat(at.turns).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "PROVIDER_FAILED, 500, 50",
        "PROVIDER_FAILED, 503, 60000",
        "PROVIDER_FAILED, , 60000",
        "PROVIDER_UNAVAILABLE, , 60000",
        "PROVIDER_TIMEOUT, , 10000",
    })
    void whatOthersWouldMeetTooOpensIt(ProblemCode code, @Nullable Integer status, long timeoutMs) {
        for (int i = 0; i < 5; i++) {
            at.enter().failed(problem(code, status, "no"), Duration.ofMillis(timeoutMs));
        }
        assertThat(at.isOpen()).isTrue();
    }

    @Test
    void whileItIsOpenNobodyIsLetThroughAndToldWhenItIsTried() {
        at.fail(5);
        at.pass(Duration.ofMillis(6_500));

        var refusal = at.refusal();

        assertThat(refusal.code()).isEqualTo(ProblemCode.PROVIDER_UNAVAILABLE);
        assertThat(refusal.provider()).isEqualTo("openai");
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(24));
        assertThat(refusal.detail())
                .isEqualTo("openai/gpt-4o is not asked for now: 5 of 5 calls failed in 60 seconds; the last: OpenAI"
                        + " failed (500): Out of order. It is tried again in 24 s. Name `fallbacks` to have another"
                        + " model answer meanwhile.");
        at.pass(Duration.ofMillis(23_499));
        assertThat(at.refusal().retryAfter()).isEqualTo(Duration.ofSeconds(1));
        at.pass(Duration.ofMillis(1));
        assertThat(at.enter().isProbe()).isTrue();
    }

    @Test
    void oneTriesAndTheOthersWaitForItsWord() {
        at.open();
        at.pass(Circuit.FIRST_PAUSE);
        var probe = at.enter();
        assertThat(probe.isProbe()).isTrue();
        assertThat(at.refusal().retryAfter()).isEqualTo(Duration.ofSeconds(1));
        at.pass(Duration.ofMinutes(10));
        at.refusal();

        probe.succeeded();

        assertThat(at.enter().isProbe()).isFalse();
        assertThat(at.turns.getLast()).isEqualTo(new Turn.Recovered(place(), at.now));
    }

    @Test
    void eachFailedTryDoublesTheTimeUpToFiveMinutes() {
        at.open();
        for (int seconds : new int[] {30, 60, 120, 240, 300, 300}) {
            at.pass(Duration.ofSeconds(seconds).minusMillis(1));
            at.refusal();
            at.pass(Duration.ofMillis(1));
            at.enter().failed(broken(), PATIENT);
        }
        at.pass(Duration.ofMinutes(5));
        at.enter().succeeded();
        at.open();
        at.pass(Duration.ofSeconds(30));
        assertThat(at.enter().isProbe()).as("a success begins anew").isTrue();
    }

    @Test
    void whoTriesAndVanishesGivesHisPlaceBack() {
        at.open();
        at.pass(Circuit.FIRST_PAUSE);
        try (var vanished = at.enter()) {
            assertThat(vanished.isProbe()).isTrue();
        }
        var next = at.enter();
        assertThat(next.isProbe()).isTrue();
        at.refusal();
        next.ignored();
        assertThat(at.enter().isProbe()).isTrue();
    }

    @Test
    void whoTriesAndIsLimitedSaysNothingOfTheProvider() {
        at.open();
        at.pass(Circuit.FIRST_PAUSE);
        at.enter().failed(problem(ProblemCode.PROVIDER_RATE_LIMITED, 429, "slower"), PATIENT);
        at.enter().failed(problem(ProblemCode.PROVIDER_TIMEOUT, null, "late"), Duration.ofSeconds(1));
        at.enter().failed(problem(ProblemCode.PROVIDER_REJECTED, 400, "what?"), PATIENT);
        var next = at.enter();
        assertThat(next.isProbe()).isTrue();
        assertThat(at.turns).hasSize(1);
    }

    @Test
    void theFirstOfAStreamClosesItAndTheEndCountsAsEver() {
        at.open();
        at.pass(Circuit.FIRST_PAUSE);
        var probe = at.enter();
        probe.answering();
        assertThat(at.enter().isProbe()).isFalse();
        probe.failed(broken(), PATIENT);
        assertThat(at.health().failures()).isEqualTo(1);
        at.fail(3);
        assertThat(at.isOpen()).isFalse();
        at.fail(1);
        assertThat(at.isOpen()).as("the fifth of five").isTrue();
    }

    @Test
    void theFirstOfAStreamThroughAClosedCircuitIsNoNews() {
        var permit = at.enter();
        permit.answering();
        permit.succeeded();
        assertThat(at.health().calls()).isEqualTo(1);
    }

    @Test
    void onlyTheFirstWordCounts() {
        at.succeed(1);
        var permit = at.enter();
        permit.succeeded();
        permit.succeeded();
        permit.failed(broken(), PATIENT);
        permit.close();
        assertThat(at.health().calls()).isEqualTo(2);
        assertThat(at.health().failures()).isZero();
    }

    @Test
    void whoEnteredBeforeItOpenedHasNothingToSayAfter() {
        at.succeed(1);
        var early = List.of(at.enter(), at.enter(), at.enter("gpt-4o"));
        at.fail(4);
        early.get(0).succeeded();
        at.refusal();
        at.pass(Circuit.FIRST_PAUSE);
        var probe = at.enter();
        early.get(1).failed(broken(), PATIENT);
        at.refusal();
        probe.succeeded();
        early.get(2).failed(broken(), PATIENT);
        assertThat(at.health().failures()).isZero();
        assertThat(at.health().calls()).isEqualTo(1);
    }

    @Test
    void whoEnteredWhenNothingWasKnownHasNothingToSayAfterItOpenedEither() {
        var early = at.enter();
        at.fail(5);
        at.pass(Circuit.FIRST_PAUSE);
        at.enter().succeeded();
        early.failed(broken(), PATIENT);
        assertThat(at.health().failures()).isZero();
    }

    @Test
    void aClockThatGoesBackKeepsItOpenNoLongerThanItWas() {
        at.open();
        at.pass(Duration.ofHours(-1));

        assertThat(at.enter().isProbe()).isTrue();
    }

    @Test
    void aClockThatGoesBackDoesNotKeepFailuresForGood() {
        at.fail(4);
        at.pass(Duration.ofHours(-1));
        at.fail(1);
        assertThat(at.isOpen()).isFalse();
        at.pass(Duration.ofMillis(-1500));
        at.fail(3);
        assertThat(at.isOpen()).as("a small step loses nothing").isFalse();
        at.fail(1);
        assertThat(at.isOpen()).isTrue();
    }

    @Test
    void anotherWorkspaceAnotherModelAndAnotherProviderAreNotConcerned() {
        at.open();

        at.circuits.enter("ws_2", "openai", "gpt-4o").succeeded();
        at.circuits.enter(CircuitFixture.WORKSPACE, "openai", "gpt-4o-mini").succeeded();
        at.circuits.enter(CircuitFixture.WORKSPACE, "azure-openai", "gpt-4o").succeeded();
        at.refusal();
        assertThat(at.circuits.health("ws_2").get("openai").status()).isEqualTo(Status.OK);
        assertThat(at.circuits.health("ws_3")).isEmpty();
    }

    @Test
    void theOpeningSaysWhatWasSeen() {
        at.succeed(3);
        at.pass(Duration.ofSeconds(59));
        at.fail(2);
        at.pass(Duration.ofSeconds(1)); // the successes are too old
        at.fail(2);
        at.succeed(2);
        at.enter("gpt-5").failed(broken(), PATIENT);
        at.fail(1);

        var opening = ((Turn.Failing) at.turns.getFirst()).opening();
        assertThat(opening)
                .isEqualTo(new Opening(
                        opening.id(),
                        place(),
                        "5 of 7 calls failed in 60 seconds; the last: OpenAI failed (500): Out of order.",
                        71,
                        BEGIN.plusSeconds(60),
                        BEGIN.plusSeconds(90)));
        assertThat(opening.id()).matches("opn_[0-9a-z]{26}");
        assertThat(opening.failureRate()).isEqualTo(0.71);

        at.pass(Duration.ofSeconds(31));
        at.enter().failed(broken(), PATIENT);
        var again = ((Turn.Failing) at.turns.getLast()).opening();
        assertThat(again.id()).isNotEqualTo(opening.id());
        assertThat(again.reason()).isEqualTo(opening.reason());
        assertThat(again.openedAt()).isEqualTo(BEGIN.plusSeconds(91));
        assertThat(again.retryAt()).isEqualTo(BEGIN.plusSeconds(151));
    }

    @Test
    void aRecoveryIsNotBeforeItsOpening() {
        at.open();
        at.pass(Duration.ofHours(-1));
        at.enter().succeeded();

        assertThat(at.turns.getLast()).isEqualTo(new Turn.Recovered(place(), BEGIN));
    }

    @Test
    void healthInAWord() {
        assertThat(at.health()).isEqualTo(Health.UNKNOWN);
        assertThat(at.health().status()).isEqualTo(Status.UNKNOWN);
        at.succeed(2);
        assertThat(at.health().status()).isEqualTo(Status.OK);
        assertThat(at.health().failureRate()).isZero();
        at.enter("gpt-5").failed(broken(), PATIENT);
        assertThat(at.health().status()).isEqualTo(Status.DEGRADED);
        assertThat(at.health().failureRate()).isEqualTo(0.3333);
        at.fail(2);
        assertThat(at.health().openCircuits()).isEmpty();
        at.fail(1);
        assertThat(at.health().openCircuits())
                .containsExactly(new Health.OpenCircuit(
                        "gpt-4o",
                        false,
                        BEGIN,
                        BEGIN.plusSeconds(30),
                        "3 of 5 calls failed in 60 seconds; the last: OpenAI failed (500): Out of order."));
        assertThat(at.health().status()).as("gpt-5 is asked still").isEqualTo(Status.DEGRADED);
        at.pass(Duration.ofMinutes(1));
        assertThat(at.health().status()).isEqualTo(Status.DOWN);
        assertThat(at.health().calls()).isZero();
        var probe = at.enter();
        assertThat(at.health().openCircuits().getFirst().halfOpen()).isTrue();
        probe.failed(broken(), PATIENT);
        assertThat(at.health().openCircuits().getFirst().openedAt())
                .as("since when, not since the last try")
                .isEqualTo(BEGIN);
        assertThat(at.health().openCircuits().getFirst().retryAt()).isEqualTo(BEGIN.plusSeconds(120));
        at.pass(Duration.ofMinutes(1));
        at.enter().succeeded();
        assertThat(at.health().status()).isEqualTo(Status.OK);
        assertThat(at.health().lastFailure())
                .isEqualTo(new Health.LastFailure(
                        BEGIN.plusSeconds(60), ProblemCode.PROVIDER_FAILED, "OpenAI failed (500): Out of order.", 500));
    }

    @Test
    void theLastFailureIsAlsoOneThatDoesNotCount() {
        at.enter().failed(problem(ProblemCode.PROVIDER_AUTHENTICATION_FAILED, 401, "who?"), PATIENT);
        assertThat(at.health().lastFailure())
                .isEqualTo(new Health.LastFailure(BEGIN, ProblemCode.PROVIDER_AUTHENTICATION_FAILED, "who?", 401));
        at.pass(Duration.ofSeconds(1));
        at.enter("gpt-5").failed(problem(ProblemCode.PROVIDER_REJECTED, 400, "what?"), PATIENT);
        assertThat(at.health().lastFailure()).extracting("message").isEqualTo("who?");
    }

    @Test
    void whatIsKeptOfAMessageIsShort() {
        for (int i = 0; i < 5; i++) {
            at.enter().failed(problem(ProblemCode.PROVIDER_FAILED, 500, "x".repeat(2_000)), PATIENT);
        }
        assertThat(at.health().lastFailure())
                .extracting(Health.LastFailure::message)
                .isEqualTo("x".repeat(499) + "…");
        assertThat(at.health().openCircuits().getFirst().reason())
                .isEqualTo("5 of 5 calls failed in 60 seconds; the last: " + "x".repeat(499) + "…");
    }

    private static Place place() {
        return new Place(CircuitFixture.WORKSPACE, "openai", "gpt-4o");
    }
}
