package com.aistrale;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an API key is to be, or what is to change about one. What is not said stays as it is. Immutable: each method returns another one. */
public final class ApiKeySettings {
    private static final ApiKeySettings NONE = new ApiKeySettings(Map.of());
    private final Map<String, @Nullable Object> fields;

    private ApiKeySettings(Map<String, @Nullable Object> fields) {
        this.fields = Collections.unmodifiableMap(fields);
    }

    /**
     * Nothing said yet.
     *
     * @return settings to be chosen
     */
    public static ApiKeySettings none() {
        return NONE;
    }

    /**
     * What it is called.
     *
     * @param name a name of your own, 1 to 100 characters
     * @return other settings
     */
    public ApiKeySettings name(String name) {
        return with("name", name);
    }

    /**
     * What it may do, for a key that is made: it does not change later.
     *
     * @param role {@code viewer} reads, {@code member} also runs models and writes prompts, {@code admin} does everything in the workspace
     * @return other settings
     */
    public ApiKeySettings role(String role) {
        return with("role", role);
    }

    /**
     * The models that it may run.
     *
     * @param models such as {@code openai/*} or {@code anthropic/claude-sonnet-4-5}
     * @return other settings
     */
    public ApiKeySettings allowedModels(List<String> models) {
        return with("allowed_models", List.copyOf(models));
    }

    /**
     * It may run all models.
     *
     * @return other settings
     */
    public ApiKeySettings allModels() {
        return with("allowed_models", null);
    }

    /**
     * From when on it is refused.
     *
     * @param time in the future
     * @return other settings
     */
    public ApiKeySettings expiresAt(Instant time) {
        return with("expires_at", time.toString());
    }

    /**
     * It does not expire.
     *
     * @return other settings
     */
    public ApiKeySettings neverExpires() {
        return with("expires_at", null);
    }

    /**
     * The most inferences that it may begin in a minute, over all nodes of the server.
     *
     * @param requests 1 to 1,000,000
     * @return other settings
     */
    public ApiKeySettings requestsPerMinute(long requests) {
        return with("requests_per_minute", requests);
    }

    /**
     * It may begin any number of inferences.
     *
     * @return other settings
     */
    public ApiKeySettings unlimitedRequests() {
        return with("requests_per_minute", null);
    }

    /**
     * The most tokens that its inferences may read and write in a minute, over all nodes of the server.
     *
     * @param tokens 1 to 1,000,000,000
     * @return other settings
     */
    public ApiKeySettings tokensPerMinute(long tokens) {
        return with("tokens_per_minute", tokens);
    }

    /**
     * Its inferences may read and write any number of tokens.
     *
     * @return other settings
     */
    public ApiKeySettings unlimitedTokens() {
        return with("tokens_per_minute", null);
    }

    Map<String, @Nullable Object> fields() {
        return fields;
    }

    private ApiKeySettings with(String field, @Nullable Object value) {
        var more = new LinkedHashMap<String, @Nullable Object>(fields);
        more.put(field, value);
        return new ApiKeySettings(more);
    }
}
