package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where events are posted to, and which.
 *
 * @param id {@code wh_…}
 * @param name the name given to it, null for none
 * @param url where events go; who is no admin sees only to which host, as in {@code https://hooks.example.com/…}
 * @param events the types that it gets; {@code *} alone stands for all
 * @param filter what an event must have besides, null for nothing
 * @param includeContent whether events of inferences have what was said, where the workspace keeps it
 * @param headers what is sent besides, by name: the values are never shown
 * @param enabled whether it gets events
 * @param disabledReason {@code manual}, {@code gone} where it answered 410, {@code failing} where nothing arrived for five days, or another;
 *     null while it is enabled
 * @param failingSince when the first attempt behind the last success failed, null while it answers
 * @param previousSecretExpiresAt until when the secret before signs too, null where there is none
 * @param createdAt when it was made
 * @param updatedAt when it was changed last
 * @param json the whole object as it came
 */
public record Webhook(
        String id,
        @Nullable String name,
        String url,
        List<String> events,
        @Nullable Filter filter,
        boolean includeContent,
        List<Header> headers,
        boolean enabled,
        @Nullable String disabledReason,
        @Nullable Instant failingSince,
        @Nullable Instant previousSecretExpiresAt,
        Instant createdAt,
        Instant updatedAt,
        Map<String, @Nullable Object> json) {

    /**
     * What an event must have.
     *
     * @param metadata all of it in its own metadata
     */
    public record Filter(Map<String, String> metadata) {
        static Filter read(Fields fields) {
            return new Filter(fields.texts("metadata"));
        }
    }

    /**
     * A header that is sent with each event.
     *
     * @param name as it was given
     */
    public record Header(String name) {
        static Header read(Fields fields) {
            return new Header(fields.text("name"));
        }
    }

    static Webhook read(Fields fields) {
        var events = fields.optionalTexts("events");
        return new Webhook(
                fields.text("id"),
                fields.optionalText("name"),
                fields.text("url"),
                events == null ? List.of() : events,
                fields.optional("filter", Filter::read),
                fields.flag("include_content"),
                fields.list("headers", Header::read),
                fields.flag("enabled"),
                fields.optionalText("disabled_reason"),
                fields.optionalTime("failing_since"),
                fields.optionalTime("previous_secret_expires_at"),
                fields.time("created_at"),
                fields.time("updated_at"),
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
