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
 * @param health how it has been answering, null where an older server does not say
 * @param tokens how many credentials of its own the workspace has for it, null where an older server does not say
 * @param json the whole object as it came
 */
public record ProviderInfo(
        String name,
        @Nullable String title,
        @Nullable String baseUrl,
        @Nullable String credential,
        @Nullable String credentialEnv,
        @Nullable String defaultModel,
        @Nullable ProviderHealth health,
        @Nullable TokenCount tokens,
        Map<String, @Nullable Object> json) {

    /**
     * How many credentials the workspace has stored for a provider.
     *
     * @param active that are used
     * @param setAside that the provider refused
     */
    public record TokenCount(long active, long setAside) {
        static TokenCount read(Fields fields) {
            return new TokenCount(fields.integer("active"), fields.integer("set_aside"));
        }
    }

    static ProviderInfo read(Fields fields) {
        return new ProviderInfo(
                fields.text("name"),
                fields.optionalText("title"),
                fields.optionalText("base_url"),
                fields.optionalText("credential"),
                fields.optionalText("credential_env"),
                fields.optionalText("default_model"),
                fields.optional("health", ProviderHealth::read),
                fields.optional("tokens", TokenCount::read),
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
