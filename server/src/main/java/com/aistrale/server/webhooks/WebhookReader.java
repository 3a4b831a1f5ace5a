package com.aistrale.server.webhooks;

import com.aistrale.server.access.Names;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.webhooks.signing.SecretRefused;
import com.aistrale.server.webhooks.signing.Secrets;
import com.aistrale.server.webhooks.target.TargetPolicy;
import com.aistrale.server.webhooks.target.TargetRefused;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads what callers say of webhooks. What may be a secret is in no mistake that it names. */
final class WebhookReader {
    private static final List<String> FIELDS =
            List.of("name", "url", "events", "filter", "include_content", "headers", "secret", "enabled");

    /** What cannot be taken away. */
    private static final List<String> KEPT = List.of("url", "events", "include_content", "enabled");

    private static final int MOST_METADATA = 32;
    private static final int LONGEST_METADATA_KEY = 64;
    private static final int LONGEST_METADATA_VALUE = 512;
    static final int MOST_HEADERS = 10;
    static final int LONGEST_HEADER_NAME = 100;
    static final int LONGEST_HEADER_VALUE = 1024;

    /** What the server says itself, of the body and of the connection; besides {@code content-…} and {@code webhook-…}. */
    private static final List<String> OWN_HEADERS = List.of(
            "host",
            "user-agent",
            "accept-encoding",
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "expect");

    private final TargetPolicy policy;

    WebhookReader(TargetPolicy policy) {
        this.policy = policy;
    }

    /** @throws ProblemException {@code invalid_request} that names every mistake */
    Wanted wanted(ObjectNode body) {
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, FIELDS);
        var name = name(reading, body);
        var url = url(reading, body);
        var events = events(reading, body);
        var filter = filter(reading, body);
        var includeContent = reading.bool(body, Pointer.ROOT, "include_content");
        var headers = headers(reading, body);
        var secret = secret(reading, body);
        var enabled = reading.bool(body, Pointer.ROOT, "enabled");
        reading.check();
        return new Wanted(
                name,
                url,
                events,
                filter,
                includeContent != null && includeContent,
                headers,
                secret,
                enabled == null || enabled);
    }

    /** @throws ProblemException {@code invalid_request} that names every mistake */
    Changes changes(ObjectNode body) {
        var reading = new Reading();
        if (body.has("secret")) {
            reading.mistake(
                    Pointer.ROOT.field("secret"),
                    "is replaced by POST /api/v1/webhooks/{id}/rotate-secret, which lets the old one sign for a day");
        }
        reading.known(body, Pointer.ROOT, FIELDS);
        for (var field : KEPT) {
            if (body.has(field) && body.get(field).isNull()) {
                reading.mistake(Pointer.ROOT.field(field), "cannot be null; leave it out to keep what it is");
            }
        }
        var changes = new Changes(
                body.has("name"),
                name(reading, body),
                isSaid(body, "url") ? url(reading, body) : null,
                isSaid(body, "events") ? events(reading, body) : null,
                body.has("filter") ? filter(reading, body) : null,
                reading.bool(body, Pointer.ROOT, "include_content"),
                body.has("headers") ? headers(reading, body) : null,
                reading.bool(body, Pointer.ROOT, "enabled"));
        reading.check();
        return changes;
    }

    /** The secret that is to sign from now on; null has one made. @throws ProblemException {@code invalid_request} */
    static @Nullable Secret rotation(ObjectNode body) {
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of("secret"));
        var secret = secret(reading, body);
        reading.check();
        return secret;
    }

    private static boolean isSaid(ObjectNode body, String field) {
        return Reading.said(body, field) != null;
    }

    private static @Nullable String name(Reading reading, ObjectNode body) {
        return isSaid(body, "name") ? Names.read(reading, body) : null;
    }

    /** As it is kept; as it was given, with a mistake noted, when no webhook may go there. */
    private String url(Reading reading, ObjectNode body) {
        int before = reading.count();
        var at = Pointer.ROOT.field("url");
        var url = reading.required(body, Pointer.ROOT, "url");
        if (reading.count() > before) {
            return url;
        }
        try {
            return policy.parse(url).url();
        } catch (TargetRefused refused) {
            reading.mistake(at, String.valueOf(refused.getMessage()));
            return url;
        }
    }

    private static List<String> events(Reading reading, ObjectNode body) {
        var at = Pointer.ROOT.field("events");
        if (!isSaid(body, "events")) {
            reading.mistake(at, "is missing: say which types of events, or [\"*\"] for all");
            return List.of();
        }
        var array = reading.array(body, Pointer.ROOT, "events");
        if (array == null) {
            return List.of();
        }
        if (array.isEmpty()) {
            reading.mistake(at, "must have at least one type of events, or [\"*\"] for all");
        }
        var all = new LinkedHashSet<String>();
        for (int i = 0; i < array.size() && !reading.isFull(); i++) {
            var type = array.get(i);
            if (!type.isString()) {
                reading.wrongType(type, at.at(i), "a string");
            } else if (!isType(type.stringValue())) {
                reading.mistake(at.at(i), noType(type.stringValue()));
            } else if (!all.add(type.stringValue())) {
                reading.mistake(at.at(i), "`" + type.stringValue() + "` is there twice");
            }
        }
        if (all.contains(Webhook.ALL) && array.size() > 1) {
            reading.mistake(at, "`*` stands for all types, and so alone");
        }
        return List.copyOf(all);
    }

    private static boolean isType(String text) {
        return text.equals(Webhook.ALL) || EventTypes.names().contains(text);
    }

    private static String noType(String text) {
        var shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
        return "there is no event type `" + shown + "`" + Nearest.hint(text, EventTypes.names())
                + (Nearest.to(text, EventTypes.names()).isEmpty()
                        ? "; GET /api/v1/webhook-event-types lists them"
                        : "");
    }

    /** As metadata of an inference may be; empty for none. */
    private static Map<String, String> filter(Reading reading, ObjectNode body) {
        var object = reading.object(body, Pointer.ROOT, "filter");
        if (object == null) {
            return Map.of();
        }
        var at = Pointer.ROOT.field("filter");
        reading.known(object, at, List.of("metadata"));
        var metadata = reading.object(object, at, "metadata");
        if (metadata == null) {
            if (!isSaid(object, "metadata")) {
                reading.mistake(at.field("metadata"), "is missing");
            }
            return Map.of();
        }
        at = at.field("metadata");
        if (metadata.isEmpty() || metadata.size() > MOST_METADATA) {
            reading.mistake(at, "must have 1 to " + MOST_METADATA + " entries; without a filter all events come");
        }
        var all = new LinkedHashMap<String, String>();
        for (var entry : metadata.properties()) {
            entry(reading, at, entry.getKey(), entry.getValue(), all);
        }
        return all;
    }

    private static void entry(Reading reading, Pointer at, String key, JsonNode value, Map<String, String> into) {
        if (key.isEmpty() || key.length() > LONGEST_METADATA_KEY) {
            reading.mistake(at.field(key), "the key must have 1 to " + LONGEST_METADATA_KEY + " characters");
        } else if (!isStorable(key)) {
            reading.mistake(at.field(key), "the key must have no half of a surrogate pair");
        }
        if (!value.isString()) {
            reading.wrongType(value, at.field(key), "a string");
        } else if (value.stringValue().length() > LONGEST_METADATA_VALUE) {
            reading.mistake(at.field(key), "is longer than " + LONGEST_METADATA_VALUE + " characters");
        } else if (!isStorable(value.stringValue())) {
            reading.mistake(at.field(key), "must have no half of a surrogate pair");
        } else {
            into.put(key, value.stringValue());
        }
    }

    /** Whether every database can keep the text. */
    private static boolean isStorable(String text) {
        return text.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE);
    }

    private static Map<String, String> headers(Reading reading, ObjectNode body) {
        var object = reading.object(body, Pointer.ROOT, "headers");
        if (object == null) {
            return Map.of();
        }
        var at = Pointer.ROOT.field("headers");
        if (object.size() > MOST_HEADERS) {
            reading.mistake(at, "has " + object.size() + " headers; the most is " + MOST_HEADERS);
        }
        var names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        var all = new LinkedHashMap<String, String>();
        for (var header : object.properties()) {
            var name = header.getKey();
            var value = header.getValue();
            if (!isToken(name)) {
                reading.mistake(
                        at.field(name),
                        "a header's name has 1 to " + LONGEST_HEADER_NAME
                                + " letters, digits and ! # $ % & ' * + - . ^ _ ` | ~");
            } else if (isOwn(name.toLowerCase(Locale.ROOT))) {
                reading.mistake(at.field(name), "is a header that the server sets itself");
            } else if (!names.add(name)) {
                reading.mistake(at.field(name), "is there twice: upper and lower case are the same in a header's name");
            }
            if (!value.isString() || !isValue(value.stringValue())) {
                reading.mistake(
                        at.field(name),
                        "the value must be a string of 1 to " + LONGEST_HEADER_VALUE
                                + " visible ASCII characters, with blanks and tabs only between them");
            } else {
                all.put(name, value.stringValue());
            }
        }
        return all;
    }

    /** RFC 9110, 5.6.2. */
    private static boolean isToken(String name) {
        return !name.isEmpty()
                && name.length() <= LONGEST_HEADER_NAME
                && name.chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
    }

    /** Also with underscores: CGI and WSGI know no difference. */
    private static boolean isOwn(String given) {
        var name = given.replace('_', '-');
        return OWN_HEADERS.contains(name) || name.startsWith("content-") || name.startsWith("webhook-");
    }

    private static boolean isValue(String value) {
        return !value.isEmpty()
                && value.length() <= LONGEST_HEADER_VALUE
                && isVisible(value.charAt(0))
                && isVisible(value.charAt(value.length() - 1))
                && value.chars().allMatch(c -> c == ' ' || c == '\t' || isVisible(c));
    }

    private static boolean isVisible(int c) {
        return c > ' ' && c < 0x7f;
    }

    private static @Nullable Secret secret(Reading reading, ObjectNode body) {
        var value = Reading.said(body, "secret");
        if (value == null) {
            return null;
        }
        var at = Pointer.ROOT.field("secret");
        if (!value.isString()) {
            reading.mistake(at, "must be a string that begins with `whsec_`");
            return null;
        }
        try {
            return Secrets.parse(value.stringValue());
        } catch (SecretRefused refused) {
            reading.mistake(at, String.valueOf(refused.getMessage()));
            return null;
        }
    }
}
