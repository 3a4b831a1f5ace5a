package com.aistrale.server.webhooks;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A URL that is told what happens in a workspace. What it keeps to itself, its secrets and the values of its headers, is
 * not here: see {@link Sealing}.
 *
 * @param id {@code wh_…}
 * @param url whole; its path is often a credential, and is shown to admins only
 * @param events the types that it gets; {@link #ALL} alone for all there are and will be
 * @param filter what the metadata of an event must have; empty where it gets any
 * @param includeContent whether events of inferences come with what was said
 * @param headerNames of its own headers, in their order
 * @param disabled why it gets nothing; null while it is enabled
 * @param failingSince when the first attempt behind the last success failed, or null
 * @param previousExpiresAt until when the secret before signs too; null when there was none
 */
public record Webhook(
        String id,
        String workspaceId,
        @Nullable String name,
        String url,
        List<String> events,
        Map<String, String> filter,
        boolean includeContent,
        List<String> headerNames,
        @Nullable Disabled disabled,
        @Nullable Instant failingSince,
        @Nullable Instant previousExpiresAt,
        Instant createdAt,
        Instant updatedAt) {
    /** In place of types: all of them. */
    public static final String ALL = "*";

    /** Why a webhook is disabled. */
    public enum Disabled {
        /** Somebody did it. */
        MANUAL,
        /** It answered 410. */
        GONE,
        /** Nothing arrived for days. */
        FAILING;

        /** As it is on the wire and in the table. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Webhook {
        events = List.copyOf(events);
        filter = Map.copyOf(filter);
        headerNames = List.copyOf(headerNames);
        if (events.isEmpty()) {
            throw new IllegalArgumentException("a webhook gets no events");
        }
    }

    public boolean isEnabled() {
        return disabled == null;
    }

    /** Where the URL leads, without the path and what follows it: {@code https://hooks.example.com/…}. */
    public String origin() {
        return origin(url);
    }

    /** As {@link #origin()}, of any URL of a webhook. */
    public static String origin(String url) {
        int end = url.indexOf("://") + 3;
        while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        return url.substring(0, end) + "/…";
    }

    /** What prints itself has no path either. */
    @Override
    public String toString() {
        return "Webhook[" + id + ", " + origin() + "]";
    }
}
