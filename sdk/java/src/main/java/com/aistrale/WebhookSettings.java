package com.aistrale;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a webhook is to be, or what is to change about one. What is not said stays as it is. Immutable: each method returns another one. */
public final class WebhookSettings {
    private static final WebhookSettings NONE = new WebhookSettings(Map.of());
    private final Map<String, @Nullable Object> fields;

    private WebhookSettings(Map<String, @Nullable Object> fields) {
        this.fields = Collections.unmodifiableMap(fields);
    }

    /**
     * Nothing said yet.
     *
     * @return settings to be chosen
     */
    public static WebhookSettings none() {
        return NONE;
    }

    /**
     * What it is called.
     *
     * @param name a name of your own, 1 to 100 characters
     * @return other settings
     */
    public WebhookSettings name(String name) {
        return with("name", name);
    }

    /**
     * It is called nothing.
     *
     * @return other settings
     */
    public WebhookSettings noName() {
        return with("name", null);
    }

    /**
     * Where events are posted to.
     *
     * @param url {@code https}, with a public host; others are for the server's settings to allow
     * @return other settings
     */
    public WebhookSettings url(String url) {
        return with("url", url);
    }

    /**
     * Which events it gets.
     *
     * @param types such as {@code inference.failed}; {@code *} alone for all, later ones too
     * @return other settings
     */
    public WebhookSettings events(String... types) {
        return with("events", List.of(types));
    }

    /**
     * It gets only the events whose metadata has all of this.
     *
     * @param metadata by key
     * @return other settings
     */
    public WebhookSettings filter(Map<String, String> metadata) {
        return with("filter", Map.of("metadata", new LinkedHashMap<>(metadata)));
    }

    /**
     * It gets all events of its types.
     *
     * @return other settings
     */
    public WebhookSettings noFilter() {
        return with("filter", null);
    }

    /**
     * Whether events of inferences have what was said, where the workspace keeps it. They have not unless told.
     *
     * @param include true for so
     * @return other settings
     */
    public WebhookSettings includeContent(boolean include) {
        return with("include_content", include);
    }

    /**
     * What is sent with each event besides, in the place of what was sent before. The server keeps the values to itself.
     *
     * @param headers values by name, at most 10; empty for none
     * @return other settings
     */
    public WebhookSettings headers(Map<String, String> headers) {
        return with("headers", new LinkedHashMap<>(headers));
    }

    /**
     * What signs its events, for a webhook that is made. Without one the server makes it, which is better.
     *
     * @param secret {@code whsec_} and base64 of 24 to 64 bytes
     * @return other settings
     */
    public WebhookSettings secret(String secret) {
        return with("secret", secret);
    }

    /**
     * Whether it gets events. Enabled again, it gets what happens from then on; {@link Webhooks#recover} asks for what failed before.
     *
     * @param enabled so it is unless told
     * @return other settings
     */
    public WebhookSettings enabled(boolean enabled) {
        return with("enabled", enabled);
    }

    Map<String, @Nullable Object> fields() {
        return fields;
    }

    private WebhookSettings with(String field, @Nullable Object value) {
        var more = new LinkedHashMap<String, @Nullable Object>(fields);
        more.put(field, value);
        return new WebhookSettings(more);
    }
}
