package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A provider that the server knows.
 *
 * @param name such as {@code openai}
 * @param title the name as its makers write it, null where the server does not say
 * @param baseUrl where the server calls it, null for the built-in {@code demo}
 * @param credential where its credential comes from: {@code token}, {@code environment}, {@code not_needed}, or another; null where it
 *     has none yet
 * @param credentialEnv the environment variable that is read for one, null for none
 * @param defaultModel the model that answers when none is named, null for none
 * @param json the whole object as it came
 */
public record ProviderInfo(
        String name,
        @Nullable String title,
        @Nullable String baseUrl,
        @Nullable String credential,
        @Nullable String credentialEnv,
        @Nullable String defaultModel,
        Map<String, @Nullable Object> json) {
    static ProviderInfo read(Fields fields) {
        return new ProviderInfo(
                fields.text("name"),
                fields.optionalText("title"),
                fields.optionalText("base_url"),
                fields.optionalText("credential"),
                fields.optionalText("credential_env"),
                fields.optionalText("default_model"),
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
