package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * An API key that was just made. It prints without the key itself.
 *
 * @param apiKey what the server shows of it from now on
 * @param secret the key itself, {@code ais_…}: the server never shows it again
 */
public record NewApiKey(ApiKey apiKey, String secret) {
    static NewApiKey read(Fields fields) {
        var shown = new LinkedHashMap<String, @Nullable Object>(fields.json());
        shown.remove("key");
        return new NewApiKey(ApiKey.read(new Fields("API key", shown)), fields.text("key"));
    }

    @Override
    public String toString() {
        return apiKey.id() + " (•••" + apiKey.lastFour() + ")";
    }
}
