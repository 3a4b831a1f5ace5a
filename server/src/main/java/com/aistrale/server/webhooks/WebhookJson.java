package com.aistrale.server.webhooks;

import com.aistrale.server.access.Audit;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.kit.json.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Webhooks on the wire and in the audit log. */
final class WebhookJson {
    private WebhookJson() {}

    /** @param whole whether the caller may see all of the URL */
    static ObjectNode of(Webhook webhook, boolean whole, Instant now) {
        var json = Json.object()
                .put("id", webhook.id())
                .put("name", webhook.name())
                .put("url", whole ? webhook.url() : webhook.origin());
        json.set("events", texts(webhook.events()));
        filter(json, webhook.filter());
        json.put("include_content", webhook.includeContent());
        var headers = json.putArray("headers");
        webhook.headerNames().forEach(name -> headers.addObject().put("name", name));
        var disabled = webhook.disabled();
        var until = webhook.previousExpiresAt();
        return json.put("enabled", webhook.isEnabled())
                .put("disabled_reason", disabled == null ? null : disabled.wireName())
                .put("failing_since", time(webhook.failingSince()))
                .put("previous_secret_expires_at", until == null || !until.isAfter(now) ? null : Json.time(until))
                .put("created_at", Json.time(webhook.createdAt()))
                .put("updated_at", Json.time(webhook.updatedAt()));
    }

    static ObjectNode of(EventTypes.Type type) {
        var json = Json.object().put("type", type.name()).put("description", type.description());
        json.set("schema", type.schema());
        return json;
    }

    /** What people decide about a webhook, for the audit log: nothing that opens anything. */
    static ObjectNode settings(Webhook webhook) {
        var json = Json.object().put("name", webhook.name()).put("url", webhook.origin());
        json.set("events", texts(webhook.events()));
        filter(json, webhook.filter());
        json.put("include_content", webhook.includeContent());
        json.set("headers", texts(webhook.headerNames()));
        return json.put("enabled", webhook.isEnabled());
    }

    /**
     * What became different. A change of what is not shown, of a URL's path or a header's value, is a change without a
     * difference.
     */
    static ObjectNode difference(Webhook before, Webhook after, boolean otherHeaders) {
        var was = settings(before);
        var is = settings(after);
        var difference = Audit.difference(was, is);
        if (!before.url().equals(after.url())) {
            change(difference, "url", was, is);
        }
        if (otherHeaders) {
            change(difference, "headers", was, is);
        }
        return difference;
    }

    private static void change(ObjectNode difference, String field, ObjectNode was, ObjectNode is) {
        var change = difference.putObject(field);
        change.set("before", was.get(field));
        change.set("after", is.get(field));
    }

    private static void filter(ObjectNode json, Map<String, String> filter) {
        if (filter.isEmpty()) {
            json.putNull("filter");
        } else {
            json.putObject("filter").set("metadata", entries(filter));
        }
    }

    /** In the order of the keys. */
    static ObjectNode entries(Map<String, String> entries) {
        var json = Json.object();
        new TreeMap<>(entries).forEach(json::put);
        return json;
    }

    static ArrayNode texts(List<String> texts) {
        var json = Json.array();
        texts.forEach(json::add);
        return json;
    }

    private static @Nullable String time(@Nullable Instant time) {
        return time == null ? null : Json.time(time);
    }
}
