package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model whose prices or limits are known. Others can be run too; their cost is then unknown.
 *
 * @param id {@code provider/model}, as inferences take it
 * @param provider whose it is
 * @param model the provider's name of it
 * @param contextWindow tokens of a request and its answer together, null where it is not known
 * @param maxOutputTokens the most that it writes, null where it is not known
 * @param inputUsdPerMillionTokens US dollars for a million tokens that it reads, null where it is not known
 * @param outputUsdPerMillionTokens US dollars for a million tokens that it writes, null where it is not known
 * @param cachedInputUsdPerMillionTokens US dollars for a million tokens read from the prompt cache, null where they cost what others do
 * @param available whether the provider has a credential here and the API key may run it
 * @param json the whole object as it came
 */
public record CatalogueModel(
        String id,
        String provider,
        String model,
        @Nullable Long contextWindow,
        @Nullable Long maxOutputTokens,
        @Nullable BigDecimal inputUsdPerMillionTokens,
        @Nullable BigDecimal outputUsdPerMillionTokens,
        @Nullable BigDecimal cachedInputUsdPerMillionTokens,
        boolean available,
        Map<String, @Nullable Object> json) {
    static CatalogueModel read(Fields fields) {
        return new CatalogueModel(
                fields.text("id"),
                fields.text("provider"),
                fields.text("model"),
                fields.optionalInteger("context_window"),
                fields.optionalInteger("max_output_tokens"),
                fields.optionalDecimal("input_usd_per_million_tokens"),
                fields.optionalDecimal("output_usd_per_million_tokens"),
                fields.optionalDecimal("cached_input_usd_per_million_tokens"),
                fields.flag("available"),
                fields.json());
    }

    /**
     * The object as JSON.
     *
     * @return one line, unknown fields included
     */
    public String toJson() {
        return Json.write(json);
    }
}
