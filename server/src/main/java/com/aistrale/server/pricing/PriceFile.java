package com.aistrale.server.pricing;

import com.aistrale.server.pricing.ListedModel.DatedPrice;
import com.aistrale.server.pricing.Price.LongContext;
import com.aistrale.server.pricing.Price.Rates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Reads a price file: {@code {"models": [{"provider": …, "id": …}, …]}}, as {@code prices.json} explains in its
 * {@code _doc}. Everything wrong in it is found in one reading.
 */
final class PriceFile {
    static final String USD = "usd_per_million_tokens";

    private final Mistakes mistakes = new Mistakes();
    private final Set<String> names = new HashSet<>();

    private PriceFile() {}

    static List<ListedModel> read(String name, byte[] json) {
        var file = new PriceFile();
        var models = file.models(parse(name, json));
        file.mistakes.throwFor(name);
        return models;
    }

    private static Located parse(String name, byte[] json) {
        try {
            return Located.parse(json);
        } catch (JacksonException e) {
            var mistakes = new Mistakes();
            mistakes.add(e.getLocation().getLineNr(), "", "one JSON object", e.getOriginalMessage());
            throw mistakes.in(name);
        }
    }

    private List<ListedModel> models(Located root) {
        var models = new ArrayList<ListedModel>();
        var file = Fields.of(root, "", mistakes);
        if (file == null) {
            return models;
        }
        file.ignore("_doc");
        for (var fields : file.require("models").objects("models")) {
            var model = model(fields);
            if (model != null) {
                models.add(model);
            }
        }
        file.noOthers();
        return models;
    }

    /** Null when it has no name to go by; that is among the mistakes. */
    private @Nullable ListedModel model(Fields fields) {
        var provider = fields.require("provider").text("provider");
        var id = fields.require("id").text("id");
        var aliases = fields.texts("aliases");
        var contextWindow = fields.tokens("context_window");
        var maxOutputTokens = fields.tokens("max_output_tokens");
        var reasoning = fields.flag("reasoning");
        var prices = prices(fields);
        var shutdown = fields.day("shutdown");
        var source = fields.text("source");
        var date = fields.day("date");
        fields.noOthers();
        if (provider == null || id == null) {
            return null;
        }
        once(fields, provider, id);
        aliases.forEach(alias -> once(fields, provider, alias));
        return new ListedModel(
                provider, id, aliases, contextWindow, maxOutputTokens, reasoning, prices, shutdown, source, date);
    }

    private void once(Fields fields, String provider, String name) {
        if (!names.add(provider + "/" + name)) {
            fields.mistake("each id and alias of a provider once", provider + "/" + name + " again");
        }
    }

    /** The price that holds now, and those announced for later days, in order. */
    private static List<DatedPrice> prices(Fields model) {
        var prices = new ArrayList<DatedPrice>();
        var now = model.object(USD);
        var peakNow = PeakFields.read(model);
        if (now != null) {
            prices.add(new DatedPrice(null, price(now), peakNow));
        } else if (peakNow != null) {
            model.mistake("\"" + USD + "\" beside \"peak\"", "none");
        }
        for (var change : model.objects("price_changes")) {
            var from = change.require("from").day("from");
            var rates = change.require(USD).object(USD);
            var peak = PeakFields.read(change);
            change.noOthers();
            if (from != null && prices.stream().anyMatch(price -> from.equals(price.from()))) {
                change.mistake("one price for each day", from + " again");
            } else if (from != null && rates != null) {
                prices.add(new DatedPrice(from, price(rates), peak));
            }
        }
        prices.sort(Comparator.comparing(DatedPrice::from, Comparator.nullsFirst(Comparator.naturalOrder())));
        return prices;
    }

    static Price price(Fields fields) {
        var base = rates(fields);
        var longContext = fields.object("long_context");
        fields.noOthers();
        if (longContext == null) {
            return Price.flat(base);
        }
        var above = longContext.require("above_input_tokens").tokens("above_input_tokens");
        var rates = rates(longContext);
        longContext.noOthers();
        return new Price(base, new LongContext(above == null ? 1 : above, rates));
    }

    private static Rates rates(Fields fields) {
        var input = fields.require("input").rate("input");
        var output = fields.require("output").rate("output");
        return new Rates(
                input == null ? 0 : input,
                output == null ? 0 : output,
                fields.rate("cached_input"),
                fields.rate("cache_write"),
                fields.rate("cache_write_one_hour"));
    }
}
