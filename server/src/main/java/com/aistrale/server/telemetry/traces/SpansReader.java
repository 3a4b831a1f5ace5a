package com.aistrale.server.telemetry.traces;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.telemetry.ContentCut;
import com.aistrale.server.telemetry.TraceIds;
import com.aistrale.server.telemetry.traces.Span.Kind;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the body of {@code POST /api/v1/telemetry/spans}. One thread, one body. */
final class SpansReader {
    static final int MOST = 1000;

    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_ERROR = 10_000;
    private static final int LONGEST_ATTRIBUTES = 65_536;
    private static final int MOST_MISTAKES = 100;
    private static final Pattern INFERENCE = Pattern.compile("inf_[0-9a-z]{26}");
    private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");
    private static final List<String> KINDS =
            Arrays.stream(Kind.values()).map(Kind::wireName).toList();
    private static final List<String> STATUSES = List.of("ok", "error");
    private static final List<String> FIELDS = List.of(
            "trace_id",
            "span_id",
            "parent_span_id",
            "name",
            "kind",
            "started_at",
            "ended_at",
            "status",
            "error_message",
            "attributes",
            "input",
            "output",
            "inference_id",
            "session_id");

    private final Reading reading = new Reading();
    private final boolean captured;

    /** @param captured whether input and output are kept */
    SpansReader(boolean captured) {
        this.captured = captured;
    }

    /** @throws ProblemException {@code invalid_request} that names what is at fault, of many mistakes the first */
    List<Span> read(ObjectNode body) {
        unknown(body, Pointer.ROOT, List.of("spans"));
        var at = Pointer.ROOT.field("spans");
        var given = reading.array(body, Pointer.ROOT, "spans");
        if (Reading.said(body, "spans") == null) {
            reading.mistake(at, "is missing");
        } else if (given != null && (given.isEmpty() || given.size() > MOST)) {
            reading.mistake(at, "has " + given.size() + " spans; 1 to " + MOST + " go into one request");
        }
        reading.check();
        var spans = new ArrayList<Span>();
        int index = 0;
        for (var element : given == null ? List.<JsonNode>of() : given.values()) {
            var place = at.at(index++);
            if (!(element instanceof ObjectNode object)) {
                reading.wrongType(element, place, "an object");
                continue;
            }
            var span = span(object, place);
            if (span != null) {
                spans.add(span);
            }
            if (reading.count() >= MOST_MISTAKES) {
                break;
            }
        }
        reading.check();
        return spans;
    }

    private void unknown(ObjectNode object, Pointer at, List<String> known) {
        for (var field : object.propertyNames()) {
            if (!known.contains(field)) {
                reading.mistake(at.field(field), "unknown field `" + field + "`" + Nearest.hint(field, known));
            }
        }
    }

    /** Null when a mistake was noted. */
    private @Nullable Span span(ObjectNode object, Pointer at) {
        int before = reading.count();
        unknown(object, at, FIELDS);
        var traceId = requiredId(object, at, "trace_id");
        var spanId = requiredId(object, at, "span_id");
        var parent = matching(object, at, "parent_span_id", TraceIds::isId, TraceIds.EXPECTED);
        var name = reading.required(object, at, "name");
        if (Reading.said(object, "name") != null && (name.isEmpty() || name.length() > LONGEST_NAME)) {
            reading.mistake(at.field("name"), "must have 1 to " + LONGEST_NAME + " characters");
        }
        var kind = kind(object, at);
        var started = time(object, at, "started_at");
        var ended = time(object, at, "ended_at");
        if (started != null && ended != null && ended.isBefore(started)) {
            reading.mistake(at.field("ended_at"), "is before `started_at`");
        }
        var status = matching(object, at, "status", STATUSES::contains, "is none of ok, error");
        var error = matching(
                object,
                at,
                "error_message",
                text -> text.length() <= LONGEST_ERROR,
                "is longer than " + LONGEST_ERROR + " characters");
        var attributes = attributes(object, at);
        var inference =
                matching(object, at, "inference_id", id -> INFERENCE.matcher(id).matches(), "is no id of an inference");
        var session = matching(
                object,
                at,
                "session_id",
                id -> SESSION.matcher(id).matches(),
                "must be 1 to 128 letters, digits and _ . : -");
        if (reading.count() > before || kind == null || started == null || ended == null) {
            return null;
        }
        return new Span(
                traceId,
                spanId,
                parent,
                name,
                kind,
                started,
                ended,
                "error".equals(status),
                error,
                attributes,
                content(object, "input"),
                content(object, "output"),
                inference,
                session);
    }

    private String requiredId(ObjectNode object, Pointer at, String field) {
        var id = reading.required(object, at, field);
        if (Reading.said(object, field) != null && object.get(field).isString() && !TraceIds.isId(id)) {
            reading.mistake(at.field(field), TraceIds.EXPECTED);
        }
        return id;
    }

    private interface Rule {
        boolean holds(String text);
    }

    private @Nullable String matching(ObjectNode object, Pointer at, String field, Rule rule, String otherwise) {
        var text = reading.string(object, at, field);
        if (text != null && !rule.holds(text)) {
            reading.mistake(at.field(field), otherwise);
        }
        return text;
    }

    private @Nullable Kind kind(ObjectNode object, Pointer at) {
        var text = reading.required(object, at, "kind");
        for (var kind : Kind.values()) {
            if (kind.wireName().equals(text)) {
                return kind;
            }
        }
        if (!text.isEmpty()) {
            reading.mistake(
                    at.field("kind"),
                    "`" + text + "` is none of " + String.join(", ", KINDS) + Nearest.hint(text, KINDS));
        } else if (Reading.said(object, "kind") != null && object.get("kind").isString()) {
            reading.mistake(at.field("kind"), "is empty; one of " + String.join(", ", KINDS) + " was expected");
        }
        return null;
    }

    private @Nullable Instant time(ObjectNode object, Pointer at, String field) {
        var text = reading.required(object, at, field);
        if (Reading.said(object, field) == null || !object.get(field).isString()) {
            return null;
        }
        try {
            var time = OffsetDateTime.parse(text).toInstant();
            if (!time.isBefore(Instant.EPOCH) && time.isBefore(Instant.parse("+10000-01-01T00:00:00Z"))) {
                return time.truncatedTo(ChronoUnit.MILLIS);
            }
            reading.mistake(at.field(field), "must be in the years 1970 to 9999");
        } catch (DateTimeException wrong) {
            reading.mistake(
                    at.field(field), "`" + shortened(text) + "` is no RFC 3339 time, such as 2026-11-23T08:00:00Z");
        }
        return null;
    }

    private static String shortened(String text) {
        return text.length() > 50 ? text.substring(0, 50) + "…" : text;
    }

    private String attributes(ObjectNode object, Pointer at) {
        var attributes = reading.object(object, at, "attributes");
        if (attributes == null) {
            return "{}";
        }
        var text = Json.text(attributes);
        if (text.length() > LONGEST_ATTRIBUTES) {
            reading.mistake(
                    at.field("attributes"),
                    "has " + text.length() + " characters of JSON; the most is " + LONGEST_ATTRIBUTES);
        }
        return text;
    }

    private @Nullable String content(ObjectNode object, String field) {
        var value = Reading.said(object, field);
        return captured && value != null ? Json.text(new ContentCut().cut(value)) : null;
    }
}
