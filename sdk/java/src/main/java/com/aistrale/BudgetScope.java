package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whose inferences count towards a budget. Only what its type needs is there; the rest is null.
 *
 * @param type {@code workspace}, {@code api_key}, {@code provider}, {@code model}, {@code metadata}, or another
 * @param apiKeyId of an {@code api_key}: {@code key_…}
 * @param provider of a {@code provider} or a {@code model}: such as {@code openai}
 * @param model of a {@code model}: its name as telemetry has it, or {@code openai/gpt-4o} with its provider
 * @param key of {@code metadata}: the label's name
 * @param value of {@code metadata}: the label's value
 */
public record BudgetScope(
        String type,
        @Nullable String apiKeyId,
        @Nullable String provider,
        @Nullable String model,
        @Nullable String key,
        @Nullable String value) {

    /**
     * All inferences of the workspace.
     *
     * @return a scope
     */
    public static BudgetScope workspace() {
        return new BudgetScope("workspace", null, null, null, null, null);
    }

    /**
     * Those that an API key runs.
     *
     * @param id {@code key_…}
     * @return a scope
     */
    public static BudgetScope apiKey(String id) {
        return new BudgetScope("api_key", id, null, null, null, null);
    }

    /**
     * Those that a provider answers.
     *
     * @param name such as {@code openai}
     * @return a scope
     */
    public static BudgetScope provider(String name) {
        return new BudgetScope("provider", null, name, null, null, null);
    }

    /**
     * Those that a model answers.
     *
     * @param model with its provider: {@code openai/gpt-4o}
     * @return a scope
     */
    public static BudgetScope model(String model) {
        return new BudgetScope("model", null, null, model, null, null);
    }

    /**
     * Those with a label of your own, as {@link RunOptions.Builder#metadata} gives them.
     *
     * @param key the label's name
     * @param value the label's value
     * @return a scope
     */
    public static BudgetScope metadata(String key, String value) {
        return new BudgetScope("metadata", null, null, null, key, value);
    }

    static BudgetScope read(Fields fields) {
        return new BudgetScope(
                fields.text("type"),
                fields.optionalText("api_key_id"),
                fields.optionalText("provider"),
                fields.optionalText("model"),
                fields.optionalText("key"),
                fields.optionalText("value"));
    }

    Map<String, Object> toMap() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("type", type);
        put(fields, "api_key_id", apiKeyId);
        put(fields, "provider", provider);
        put(fields, "model", model);
        put(fields, "key", key);
        put(fields, "value", value);
        return fields;
    }

    private static void put(Map<String, Object> fields, String name, @Nullable String value) {
        if (value != null) {
            fields.put(name, value);
        }
    }
}
