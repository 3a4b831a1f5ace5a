package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server shows of a provider's stored credential.
 *
 * @param id {@code tok_…}
 * @param provider whose it is
 * @param name the name given to it, null for none
 * @param lastFour the credential's last four characters
 * @param weight its share of the provider's calls, beside the weights of the provider's others
 * @param status {@code active}, {@code set_aside} where the provider refused it with a 401, so that it is used only where no other is left,
 *     or another; null where an older server does not say
 * @param setAsideAt since when it is set aside, null while it is not
 * @param setAsideReason what the provider said then, null while it is not set aside
 * @param createdAt when it was stored
 * @param json the whole object as it came
 */
public record ProviderToken(
        String id,
        String provider,
        @Nullable String name,
        String lastFour,
        long weight,
        @Nullable String status,
        @Nullable Instant setAsideAt,
        @Nullable String setAsideReason,
        Instant createdAt,
        Map<String, @Nullable Object> json) {
    static ProviderToken read(Fields fields) {
        var weight = fields.optionalInteger("weight");
        return new ProviderToken(
                fields.text("id"),
                fields.text("provider"),
                fields.optionalText("name"),
                fields.text("last_four"),
                weight == null ? 1 : weight,
                fields.optionalText("status"),
                fields.optionalTime("set_aside_at"),
                fields.optionalText("set_aside_reason"),
                fields.time("created_at"),
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
