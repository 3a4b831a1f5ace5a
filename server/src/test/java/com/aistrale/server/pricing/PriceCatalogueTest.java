package com.aistrale.server.pricing;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.pricing.Price.LongContext;
import com.aistrale.server.pricing.Price.Rates;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PriceCatalogueTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String FILE = """
            {
              "_doc": "any",
              "models": [
                {
                  "provider": "openai", "id": "gpt-4o", "aliases": ["gpt-4o-latest"],
                  "context_window": 128000, "max_output_tokens": 16384,
                  "usd_per_million_tokens": {"input": 2.5, "cached_input": 1.25, "output": 10},
                  "shutdown": "2027-01-14", "source": "https://openai.test/pricing", "date": "2026-11-05"
                },
                {"provider": "openai", "id": "gpt-4o-2024-05-13", "usd_per_million_tokens": {"input": 5, "output": 15}},
                {"provider": "openai", "id": "unpriced", "reasoning": true},
                {
                  "provider": "gemini", "id": "gemini-2.5-pro",
                  "usd_per_million_tokens": {
                    "input": 1.25, "cached_input": 0.125, "output": 10, "cache_write": 1.5, "cache_write_one_hour": 2,
                    "long_context": {"above_input_tokens": 200000, "input": 2.5, "cached_input": 0.25, "output": 15}
                  }
                },
                {
                  "provider": "gemini", "id": "argon",
                  "usd_per_million_tokens": {"input": 2, "output": 10},
                  "price_changes": [
                    {"from": "2027-06-01", "usd_per_million_tokens": {"input": 3, "output": 15}},
                    {"from": "2026-12-01", "usd_per_million_tokens": {"input": 4, "output": 20}}
                  ]
                },
                {
                  "provider": "deepseek", "id": "flash",
                  "usd_per_million_tokens": {"input": 0.15, "output": 0.6},
                  "peak": {
                    "days": ["monday", "friday"], "hours_utc": ["01:00-04:00", "06:00-10:00"],
                    "usd_per_million_tokens": {"input": 0.3, "output": 1.2}
                  }
                },
                {"provider": "azure-openai", "id": "gpt-4o"}
              ]
            }
            """;

    @TempDir
    Path folder;

    @Test
    void readsAllThatAModelSays() {
        var model = catalogue().find("openai", "gpt-4o").orElseThrow();
        assertThat(model.aliases()).containsExactly("gpt-4o-latest");
        assertThat(model.contextWindow()).isEqualTo(128_000);
        assertThat(model.maxOutputTokens()).isEqualTo(16_384);
        assertThat(model.reasoning()).as("it is not said").isNull();
        assertThat(model.source()).isEqualTo("https://openai.test/pricing");
        assertThat(model.date()).isEqualTo("2026-11-05");
        assertThat(model.priceAt(NOW))
                .isEqualTo(Price.flat(new Rates(2_500_000_000L, 10_000_000_000L, 1_250_000_000L, null, null)));
    }

    @Test
    void readsTheLongContext() {
        assertThat(catalogue().price("gemini", "gemini-2.5-pro", NOW))
                .isEqualTo(new Price(
                        new Rates(1_250_000_000L, 10_000_000_000L, 125_000_000L, 1_500_000_000L, 2_000_000_000L),
                        new LongContext(
                                200_000, new Rates(2_500_000_000L, 15_000_000_000L, 250_000_000L, null, null))));
    }

    @Test
    void findsAnAlias() {
        assertThat(catalogue().find("openai", "gpt-4o-latest").map(ListedModel::id))
                .contains("gpt-4o");
    }

    @Test
    void findsADatedSnapshotOfAListedModel() {
        assertThat(catalogue().find("openai", "gpt-4o-2024-08-06").map(ListedModel::id))
                .contains("gpt-4o");
        assertThat(catalogue().find("openai", "gpt-4o-20240806").map(ListedModel::id))
                .contains("gpt-4o");
        assertThat(catalogue().find("openai", "gpt-4o-latest-2024-08-06").map(ListedModel::id))
                .contains("gpt-4o");
    }

    @Test
    void aSnapshotListedByItselfKeepsItsOwnPrice() {
        assertThat(catalogue().find("openai", "gpt-4o-2024-05-13").map(ListedModel::id))
                .contains("gpt-4o-2024-05-13");
    }

    @Test
    void neverGuessesFromABeginning() {
        for (var model : new String[] {
            "gpt-4o-mini",
            "gpt-4",
            "GPT-4o",
            "gpt-4o-",
            "gpt-4o-2024",
            "gpt-4o-2024-13-01",
            "gpt-4o-2024-08-06-x",
            "gpt-4o-2024-0806",
            "gpt-4o-preview-2024-08-06",
            ""
        }) {
            assertThat(catalogue().find("openai", model)).as(model).isEmpty();
        }
    }

    @Test
    void whatIsNotListedHasNoPrice() {
        assertThat(catalogue().price("openai", "unpriced", NOW)).isNull();
        assertThat(catalogue().price("ollama", "llama3.2", NOW)).isNull();
        assertThat(catalogue().price("demo", "demo", NOW)).isNull();
        assertThat(catalogue().models("ollama")).isEmpty();
    }

    @Test
    void anAnnouncedPriceHoldsFromItsDay() {
        assertThat(inputOf("gemini", "argon", "2026-11-30T23:59:59.999Z")).isEqualTo(2_000_000_000L);
        assertThat(inputOf("gemini", "argon", "2026-12-01T00:00:00Z")).isEqualTo(4_000_000_000L);
        assertThat(inputOf("gemini", "argon", "2027-05-31T23:59:59Z")).isEqualTo(4_000_000_000L);
        assertThat(inputOf("gemini", "argon", "2027-06-01T00:00:00Z")).isEqualTo(3_000_000_000L);
    }

    @Test
    void thePeakPriceHoldsInItsHoursOnly() {
        assertThat(inputOf("deepseek", "flash", "2026-11-23T00:59:59Z")).isEqualTo(150_000_000L);
        assertThat(inputOf("deepseek", "flash", "2026-11-23T01:00:00Z")).isEqualTo(300_000_000L);
        assertThat(inputOf("deepseek", "flash", "2026-11-23T03:59:59.999Z")).isEqualTo(300_000_000L);
        assertThat(inputOf("deepseek", "flash", "2026-11-23T04:00:00Z")).isEqualTo(150_000_000L);
        assertThat(inputOf("deepseek", "flash", "2026-11-27T09:30:00Z")).isEqualTo(300_000_000L);
        assertThat(inputOf("deepseek", "flash", "2026-11-24T09:30:00Z")).isEqualTo(150_000_000L);
    }

    @Test
    void aModelIsServedUntilItsShutdown() {
        var model = catalogue().find("openai", "gpt-4o").orElseThrow();
        assertThat(model.isServedOn(LocalDate.of(2027, 1, 13))).isTrue();
        assertThat(model.isServedOn(LocalDate.of(2027, 1, 14))).isFalse();
    }

    @Test
    void listsAProvidersModelsInOrder() {
        assertThat(catalogue().models("openai"))
                .extracting(ListedModel::id)
                .containsExactly("gpt-4o", "gpt-4o-2024-05-13", "unpriced");
    }

    @Test
    void namesTheProvidersOfAModel() {
        assertThat(catalogue().providersOf("gpt-4o")).containsExactly("openai", "azure-openai");
        assertThat(catalogue().providersOf("gpt-4o-2024-11-20")).containsExactly("openai", "azure-openai");
        assertThat(catalogue().providersOf("gpt-4o-latest")).containsExactly("openai");
        assertThat(catalogue().providersOf("gpt")).isEmpty();
    }

    @Test
    void anOverrideReplacesWholeEntriesAndAddsOthers() throws IOException {
        var override = Files.writeString(folder.resolve("prices.json"), """
                {"models": [
                  {"provider": "openai", "id": "gpt-4o", "usd_per_million_tokens": {"input": 1, "output": 2}},
                  {"provider": "vllm", "id": "llama", "usd_per_million_tokens": {"input": 0, "output": 0}}
                ]}
                """);
        var catalogue = PriceCatalogue.load(stream(FILE), Optional.of(override));
        assertThat(catalogue.price("openai", "gpt-4o", NOW))
                .isEqualTo(Price.flat(new Rates(1_000_000_000L, 2_000_000_000L, null, null, null)));
        assertThat(catalogue.find("openai", "gpt-4o").orElseThrow().contextWindow())
                .isNull();
        assertThat(catalogue.find("openai", "gpt-4o-latest")).isEmpty();
        assertThat(catalogue.price("vllm", "llama", NOW)).isEqualTo(Price.flat(new Rates(0, 0, null, null, null)));
        assertThat(catalogue.price("gemini", "argon", NOW)).isNotNull();
        assertThat(catalogue.models("openai")).extracting(ListedModel::id).startsWith("gpt-4o");
    }

    private static long inputOf(String provider, String model, String time) {
        return Objects.requireNonNull(catalogue().price(provider, model, Instant.parse(time)))
                .base()
                .input();
    }

    private static PriceCatalogue catalogue() {
        return PriceCatalogue.load(stream(FILE), Optional.empty());
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
