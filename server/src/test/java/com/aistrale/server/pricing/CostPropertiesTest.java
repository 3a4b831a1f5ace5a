package com.aistrale.server.pricing;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.pricing.Price.LongContext;
import com.aistrale.server.pricing.Price.Rates;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;

/** What holds for every price and every usage, up to the largest allowed. */
class CostPropertiesTest {

    @Property
    void isTheExactSumRoundedHalfUpAtItsEnd(@ForAll("prices") Price price, @ForAll("usages") Usage usage) {
        assertThat(cost(price, usage)).isEqualTo(exactly(price, usage));
    }

    @Property
    void isNeverNegative(@ForAll("prices") Price price, @ForAll("usages") Usage usage) {
        assertThat(cost(price, usage)).isNotNegative();
    }

    @Property
    void growsWithEveryTokenWritten(
            @ForAll("prices") Price price,
            @ForAll("usages") Usage usage,
            @ForAll @LongRange(max = 1_000_000) long more) {
        var output = Math.min(Usage.MAX_TOKENS, known(usage.outputTokens()) + more);
        assertThat(cost(price, withOutput(usage, output))).isGreaterThanOrEqualTo(cost(price, usage));
    }

    @Property
    void growsWithEveryTokenReadWhenLongContextsAreNotCheaper(
            @ForAll("rates") Rates rates,
            @ForAll("usages") Usage usage,
            @ForAll @LongRange(max = 1_000_000) long more) {
        var input = Math.min(Usage.MAX_TOKENS, known(usage.inputTokens()) + more);
        var price = Price.flat(rates);
        assertThat(cost(price, withInput(usage, input))).isGreaterThanOrEqualTo(cost(price, usage));
    }

    @Property
    void isAdditiveToWithinTheRounding(
            @ForAll("rates") Rates rates, @ForAll("usages") Usage one, @ForAll("usages") Usage other) {
        var price = Price.flat(rates);
        var together = cost(price, half(one)) + cost(price, half(other));
        assertThat(cost(price, sum(half(one), half(other))) - together).isBetween(-1L, 1L);
    }

    @Property
    void anUnknownCacheReadIsNeverCheaper(@ForAll("rates") Rates any, @ForAll("usages") Usage usage) {
        var rates = new Rates(any.input(), any.output(), any.input() / 2, any.input(), null);
        var untold = new Usage(usage.inputTokens(), usage.outputTokens(), null, null, null);
        assertThat(cost(Price.flat(rates), untold)).isGreaterThanOrEqualTo(cost(Price.flat(rates), usage));
    }

    private static long cost(Price price, Usage usage) {
        return Objects.requireNonNull(Cost.nanoUsd(price, usage));
    }

    /** The same sum as one would write it down with numbers that never end. */
    private static long exactly(Price price, Usage usage) {
        long input = known(usage.inputTokens());
        long cached = known(usage.cachedInputTokens());
        long written = known(usage.cacheWriteInputTokens());
        long hour = known(usage.cacheWriteOneHourInputTokens());
        var longContext = price.longContext();
        var rates = longContext != null && input > longContext.aboveInputTokens() ? longContext.rates() : price.base();
        long cachedRate = rates.cachedInput() == null ? rates.input() : rates.cachedInput();
        long writeRate = rates.cacheWrite() == null ? rates.input() : rates.cacheWrite();
        long hourRate = rates.cacheWriteOneHour() == null ? writeRate : rates.cacheWriteOneHour();
        return product(input - cached - written, rates.input())
                .add(product(cached, cachedRate))
                .add(product(written - hour, writeRate))
                .add(product(hour, hourRate))
                .add(product(known(usage.outputTokens()), rates.output()))
                .movePointLeft(6)
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
    }

    private static BigDecimal product(long tokens, long rate) {
        return BigDecimal.valueOf(tokens).multiply(BigDecimal.valueOf(rate));
    }

    private static long known(@Nullable Long tokens) {
        return tokens == null ? 0 : tokens;
    }

    private static Usage withOutput(Usage usage, long output) {
        return new Usage(
                usage.inputTokens(),
                output,
                usage.cachedInputTokens(),
                usage.cacheWriteInputTokens(),
                usage.cacheWriteOneHourInputTokens(),
                null);
    }

    private static Usage withInput(Usage usage, long input) {
        return new Usage(
                input,
                usage.outputTokens(),
                usage.cachedInputTokens(),
                usage.cacheWriteInputTokens(),
                usage.cacheWriteOneHourInputTokens(),
                null);
    }

    private static Usage half(Usage usage) {
        return new Usage(
                known(usage.inputTokens()) / 2,
                known(usage.outputTokens()) / 2,
                known(usage.cachedInputTokens()) / 4,
                known(usage.cacheWriteInputTokens()) / 4,
                known(usage.cacheWriteOneHourInputTokens()) / 4,
                null);
    }

    private static Usage sum(Usage a, Usage b) {
        return new Usage(
                known(a.inputTokens()) + known(b.inputTokens()),
                known(a.outputTokens()) + known(b.outputTokens()),
                known(a.cachedInputTokens()) + known(b.cachedInputTokens()),
                known(a.cacheWriteInputTokens()) + known(b.cacheWriteInputTokens()),
                known(a.cacheWriteOneHourInputTokens()) + known(b.cacheWriteOneHourInputTokens()),
                null);
    }

    @Provide
    Arbitrary<Rates> rates() {
        var rate = Arbitraries.longs().between(0, Rates.MAX);
        return Combinators.combine(rate, rate, rate.injectNull(0.3), rate.injectNull(0.3), rate.injectNull(0.3))
                .as(Rates::new);
    }

    @Provide
    Arbitrary<Price> prices() {
        var longContext = Combinators.combine(Arbitraries.longs().between(1, Usage.MAX_TOKENS), rates())
                .as(LongContext::new);
        return Combinators.combine(rates(), longContext.injectNull(0.5)).as(Price::new);
    }

    /** The parts are drawn first and the wholes made of them, so that none contradicts. */
    @Provide
    Arbitrary<Usage> usages() {
        var tokens = Arbitraries.longs().between(0, Usage.MAX_TOKENS / 4);
        var written = Combinators.combine(tokens, tokens).as(Math::max);
        return Combinators.combine(tokens, tokens, written, tokens, tokens)
                .as((plain, cached, write, hour, output) ->
                        new Usage(plain + cached + write, output, cached, write, Math.min(write, hour), output / 2));
    }
}
