package com.aistrale.server.pricing;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.pricing.ListedModel.DatedPrice;
import com.aistrale.server.pricing.Price.Rates;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The file that ships: readable, sourced, and free of slips that a typing hand makes. */
class BuiltInPricesTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final List<String> PROVIDERS =
            List.of("openai", "anthropic", "gemini", "groq", "deepseek", "mistral", "xai", "cerebras", "moonshot");

    private final PriceCatalogue catalogue = PriceCatalogue.load(Optional.empty());

    @Test
    void everyEntrySaysWhereItsFiguresAreFromAndWhen() {
        assertThat(models()).hasSizeGreaterThanOrEqualTo(60).allSatisfy(model -> {
            assertThat(model.source()).as(model.id()).startsWith("https://");
            assertThat(model.date()).as(model.id()).isBetween("2026-03-01", "2026-11-23");
            assertThat(model.prices()).as(model.id()).isNotEmpty();
        });
    }

    @Test
    void limitsAndRatesAreInProportion() {
        assertThat(models()).allSatisfy(model -> {
            if (model.contextWindow() != null && model.maxOutputTokens() != null) {
                assertThat(model.maxOutputTokens()).as(model.id()).isLessThanOrEqualTo(model.contextWindow());
            }
            for (var price : model.prices().stream().map(DatedPrice::price).toList()) {
                inProportion(model.id(), price.base());
                if (price.longContext() != null) {
                    inProportion(model.id(), price.longContext().rates());
                    assertThat(price.longContext().rates().input())
                            .isGreaterThan(price.base().input());
                }
            }
        });
    }

    @Test
    void anthropicModelsSayTheirLongestAnswerWhichTheFormatDemands() {
        assertThat(catalogue.models("anthropic"))
                .isNotEmpty()
                .allSatisfy(model ->
                        assertThat(model.maxOutputTokens()).as(model.id()).isNotNull());
    }

    @Test
    void whatHasNoPriceOfItsOwnIsNotListed() {
        for (var provider : List.of("ollama", "vllm", "demo", "huggingface", "openrouter", "azure-openai")) {
            assertThat(catalogue.models(provider)).as(provider).isEmpty();
        }
    }

    @Test
    void aBareModelBelongsToItsMaker() {
        assertThat(catalogue.providersOf("gpt-4o")).containsExactly("openai");
        assertThat(catalogue.providersOf("claude-haiku-4-5-20251001")).containsExactly("anthropic");
        assertThat(catalogue.providersOf("gemini-2.5-flash")).containsExactly("gemini");
    }

    @Test
    void pricesOfEachShapeAreAsPublished() {
        assertThat(base("openai", "gpt-4o", NOW))
                .isEqualTo(new Rates(2_500_000_000L, 10_000_000_000L, 1_250_000_000L, null, null));
        assertThat(base("anthropic", "claude-sonnet-4-5-20250929", NOW))
                .isEqualTo(new Rates(3_000_000_000L, 15_000_000_000L, 300_000_000L, 3_750_000_000L, 6_000_000_000L));
        assertThat(price("anthropic", "claude-haiku-5-5", NOW).ratesFor(100_001))
                .isEqualTo(new Rates(500_000_000L, 2_500_000_000L, 50_000_000L, 625_000_000L, 1_000_000_000L));
        assertThat(price("xai", "grok-4.3", NOW).ratesFor(200_000).input()).isEqualTo(2_500_000_000L);
        assertThat(price("xai", "grok-4.3", NOW).ratesFor(199_999).input()).isEqualTo(1_250_000_000L);
        assertThat(base("gemini", "gemini-4-argon", NOW).output()).isEqualTo(10_000_000_000L);
        assertThat(base("gemini", "gemini-4-argon", Instant.parse("2026-12-01T00:00:00Z"))
                        .output())
                .isEqualTo(20_000_000_000L);
        assertThat(base("deepseek", "deepseek-flash", NOW).input()).isEqualTo(150_000_000L);
        assertThat(base("deepseek", "deepseek-flash", Instant.parse("2026-11-23T09:00:00Z"))
                        .input())
                .isEqualTo(300_000_000L);
    }

    @Test
    void aModelAnnouncedToGoIsServedToday() {
        assertThat(models())
                .allSatisfy(model -> assertThat(model.isServedOn(LocalDate.of(2026, 11, 23)))
                        .as(model.id())
                        .isTrue());
    }

    private List<ListedModel> models() {
        return PROVIDERS.stream()
                .flatMap(provider -> {
                    var models = catalogue.models(provider);
                    assertThat(models).as(provider).isNotEmpty();
                    return models.stream();
                })
                .toList();
    }

    private Price price(String provider, String model, Instant time) {
        return Objects.requireNonNull(catalogue.price(provider, model, time));
    }

    private Rates base(String provider, String model, Instant time) {
        return price(provider, model, time).base();
    }

    private static void inProportion(String id, Rates rates) {
        assertThat(rates.output()).as(id).isGreaterThanOrEqualTo(rates.input());
        assertThat(rates.cachedInputOrInput()).as(id).isLessThanOrEqualTo(rates.input());
        Stream.of(rates.cacheWriteOrInput(), rates.cacheWriteOneHourOrCacheWrite())
                .forEach(write -> assertThat(write).as(id).isBetween(rates.input(), 3 * rates.input()));
    }
}
