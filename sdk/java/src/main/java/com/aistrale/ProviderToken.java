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
 * @param createdAt when it was stored
 * @param json the whole object as it came
 */
public record ProviderToken(
        String id,
        String provider,
        @Nullable String name,
        String lastFour,
        Instant createdAt,
        Map<String, @Nullable Object> json) {
    static ProviderToken read(Fields fields) {
        return new ProviderToken(
                fields.text("id"),
                fields.text("provider"),
                fields.optionalText("name"),
                fields.text("last_four"),
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
