package com.aistrale.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.access.RateLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/** Whatever comes when: no window of time lets in more than a bucket and what it refills. */
class BucketPropertiesTest {
    /** What is let in. @param micros when, as the bucket's time goes on */
    private record In(long micros, long tokens) {}

    /** @param micros since the one before; below 0 where the clock goes back */
    record Coming(long micros, long tokens) {}

    @Provide
    Arbitrary<List<Coming>> schedules() {
        var waits = Arbitraries.oneOf(
                Arbitraries.just(0L),
                Arbitraries.longs().between(0, 1_000_000),
                Arbitraries.longs().between(0, 3 * Bucket.MINUTE),
                Arbitraries.longs().between(-Bucket.MINUTE, 0));
        var tokens = Arbitraries.oneOf(
                Arbitraries.longs().between(1, 20), Arbitraries.longs().between(1, 5_000_000_000L));
        return Combinators.combine(waits, tokens).as(Coming::new).list().ofMaxSize(60);
    }

    @Property
    void noWindowLetsInMoreThanTheBucketAndItsRefill(
            @ForAll("schedules") List<Coming> schedule,
            @ForAll @LongRange(min = 1, max = 1_000_000) long requestsPerMinute,
            @ForAll @LongRange(min = 1, max = 1_000_000_000) long tokensPerMinute) {
        var limits = new RateLimits(requestsPerMinute, tokensPerMinute);
        var let = let(schedule, limits);
        for (int from = 0; from < let.size(); from++) {
            long tokens = 0;
            for (int to = from; to < let.size(); to++) {
                tokens += let.get(to).tokens();
                long window = let.get(to).micros() - let.get(from).micros();
                assertThat((to - from + 1) * Bucket.MINUTE)
                        .as("requests from the %d. to the %d.", from, to)
                        .isLessThanOrEqualTo(requestsPerMinute * (Bucket.MINUTE + window));
                assertThat(tokens * Bucket.MINUTE)
                        .as("tokens from the %d. to the %d.", from, to)
                        .isLessThanOrEqualTo(tokensPerMinute * (Bucket.MINUTE + window));
            }
        }
    }

    /** Small limits, which schedules of a minute or two run against. */
    @Property
    void norDoesItOfFew(
            @ForAll("schedules") List<Coming> schedule,
            @ForAll @LongRange(min = 1, max = 20) long requestsPerMinute,
            @ForAll @LongRange(min = 1, max = 200) long tokensPerMinute) {
        noWindowLetsInMoreThanTheBucketAndItsRefill(schedule, requestsPerMinute, tokensPerMinute);
    }

    private static List<In> let(List<Coming> schedule, RateLimits limits) {
        var let = new ArrayList<In>();
        var level = Level.UNUSED;
        long clock = 1_000 * Bucket.MINUTE;
        long elapsed = 0;
        for (var coming : schedule) {
            clock += coming.micros();
            var now = level.at(clock).limitedTo(limits);
            elapsed += Math.max(0, now.at() - level.at());
            level = now;
            long tokens = Math.min(coming.tokens(), Objects.requireNonNull(limits.tokensPerMinute()));
            long wait = level.roomIn(tokens);
            assertThat(wait).isNotNegative();
            if (wait == 0) {
                level = level.take(tokens);
                let.add(new In(elapsed, tokens));
            } else {
                assertThat(level.at(level.at() + wait - 1).roomIn(tokens))
                        .as("not sooner")
                        .isPositive();
                assertThat(level.at(level.at() + wait).roomIn(tokens))
                        .as("when it was told")
                        .isZero();
            }
        }
        return let;
    }

    /** A bucket that is asked at every moment is as full as one that was left alone. */
    @Property
    void howOftenItIsLookedAtChangesNothing(
            @ForAll @LongRange(min = 1, max = 1_000_000_000) long limit,
            @ForAll @LongRange(min = 0, max = 1_000_000_000) long taken,
            @ForAll List<@LongRange(min = 0, max = 5_000_000) Long> looks) {
        var left = Bucket.full(limit).take(taken);
        var looked = left;
        long all = 0;
        for (long micros : looks) {
            looked = looked.after(micros);
            all += micros;
        }
        assertThat(looked).isEqualTo(left.after(all));
    }

    @Property
    void whatIsCorrectedIsAsIfTheRightNumberHadBeenTaken(
            @ForAll @LongRange(min = 1, max = 1_000_000) long limit,
            @ForAll @LongRange(min = 1, max = 1_000_000) long thought,
            @ForAll @LongRange(min = 0, max = 5_000_000) long used) {
        var bucket = Bucket.full(limit);
        long taken = Math.min(thought, limit);

        assertThat(bucket.take(taken).add(used - taken)).isEqualTo(bucket.add(used));
    }

    @Property
    void nothingOverflows(
            @ForAll @LongRange(min = 1, max = 1_000_000_000) long limit,
            @ForAll List<Long> amounts,
            @ForAll @LongRange(min = 0) long micros) {
        var bucket = Bucket.full(limit);
        for (long amount : amounts) {
            bucket = bucket.add(amount).after(micros).limitedTo(limit);
            assertThat(bucket.left()).isBetween(0L, limit);
            assertThat(bucket.fullIn()).isNotNegative();
            assertThat(bucket.roomIn(limit)).isNotNegative();
        }
    }
}
