package com.aistrale.server.pricing;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the catalogue knows of a provider's model.
 *
 * @param provider the provider's name, such as {@code openai}
 * @param id the model's id, as the provider takes it
 * @param aliases other ids the provider takes for the same model
 * @param contextWindow the most tokens a request and its answer may have together; null when unknown
 * @param maxOutputTokens the most tokens an answer may have; null when unknown
 * @param reasoning whether it can reason before it answers; null when the file does not say
 * @param prices by their first day, the earliest first; empty where no price is known
 * @param shutdown the first day on which the provider serves it no more; null when none is announced
 * @param source where the figures are from, as a URL; null when the file does not say
 * @param date the day the figures were read there; null when the file does not say
 */
public record ListedModel(
        String provider,
        String id,
        List<String> aliases,
        @Nullable Long contextWindow,
        @Nullable Long maxOutputTokens,
        @Nullable Boolean reasoning,
        List<DatedPrice> prices,
        @Nullable LocalDate shutdown,
        @Nullable String source,
        @Nullable LocalDate date) {

    /**
     * A price and the day from which it holds.
     *
     * @param from the first day, in UTC; null for a price without a known beginning
     * @param peak when another price holds; null where the hour does not matter
     */
    public record DatedPrice(
            @Nullable LocalDate from, Price price, @Nullable PeakHours peak) {
        private boolean holdsOn(LocalDate day) {
            return from == null || !from.isAfter(day);
        }
    }

    public ListedModel {
        requireText("provider", provider);
        requireText("id", id);
        aliases = List.copyOf(aliases);
        prices = List.copyOf(prices);
        for (int i = 1; i < prices.size(); i++) {
            var from = prices.get(i).from();
            var before = prices.get(i - 1).from();
            if (from == null || (before != null && !before.isBefore(from))) {
                throw new IllegalArgumentException("the prices of " + provider + "/" + id + " are not in order of day");
            }
        }
    }

    /** The price at a time, or null when none is known for it. */
    public @Nullable Price priceAt(Instant time) {
        var day = LocalDate.ofInstant(time, ZoneOffset.UTC);
        return prices.reversed().stream()
                .filter(dated -> dated.holdsOn(day))
                .findFirst()
                .map(dated -> dated.peak != null && dated.peak.contain(time) ? dated.peak.price() : dated.price)
                .orElse(null);
    }

    /** Whether the provider still serves it on a day, as far as is announced. */
    public boolean isServedOn(LocalDate day) {
        return shutdown == null || day.isBefore(shutdown);
    }

    private static void requireText(String name, String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("a listed model's " + name + " is empty");
        }
    }
}
