package com.aistrale;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is said of a provider's credential, or what is to change about one. What is not said stays as it is. Immutable: each method returns another one. */
public final class TokenSettings {
    private static final TokenSettings NONE = new TokenSettings(Map.of());
    private final Map<String, @Nullable Object> fields;

    private TokenSettings(Map<String, @Nullable Object> fields) {
        this.fields = Collections.unmodifiableMap(fields);
    }

    /**
     * Nothing said yet.
     *
     * @return settings to be chosen
     */
    public static TokenSettings none() {
        return NONE;
    }

    /**
     * What tells it from the provider's others.
     *
     * @param name a name of your own, at most 100 characters
     * @return other settings
     */
    public TokenSettings name(String name) {
        return with("name", name);
    }

    /**
     * It has no name.
     *
     * @return other settings
     */
    public TokenSettings noName() {
        return with("name", null);
    }

    /**
     * Its share of the provider's calls, beside the weights of the provider's others.
     *
     * @param weight 1 to 100; 1 unless told
     * @return other settings
     */
    public TokenSettings weight(int weight) {
        return with("weight", weight);
    }

    /**
     * Another credential in its place, for one that is stored already. It is tried at once, also where the old one was refused.
     *
     * @param token the credential itself, not empty
     * @return other settings
     */
    public TokenSettings token(String token) {
        return with("token", token);
    }

    Map<String, @Nullable Object> fields() {
        return fields;
    }

    private TokenSettings with(String field, @Nullable Object value) {
        var more = new LinkedHashMap<String, @Nullable Object>(fields);
        more.put(field, value);
        return new TokenSettings(more);
    }
}
