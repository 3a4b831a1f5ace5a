package com.aistrale.server.kit.json;

import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes typed fields out of a JSON tree and gathers every mistake, so that a caller learns of all at once; where there
 * is no end of them the first are named. A field that is absent, null or of a wrong type is null; the last kind is a
 * mistake too. One thread.
 */
public final class Reading {
    /** So many mistakes are named. */
    private static final int MOST = 100;
    /** Behind so many characters of them no other is named. */
    private static final int LONGEST = 100_000;

    private final List<FieldError> named = new ArrayList<>(0);
    private int count;
    private int length;

    /** Notes a mistake. */
    public void mistake(Pointer at, String detail) {
        mistake(isFull() ? "" : at.toString(), detail);
    }

    /** Notes a mistake at a place that is already spelt out. */
    public void mistake(String pointer, String detail) {
        count++;
        if (!isFull()) {
            named.add(new FieldError(pointer, detail));
            length += pointer.length() + detail.length();
        }
    }

    /** How many mistakes there are so far, named or not. */
    public int count() {
        return count;
    }

    /** Whether no further mistake is named. */
    public boolean isFull() {
        return named.size() >= MOST || length >= LONGEST;
    }

    /** The mistakes so far, in the order in which they were found; the last one says so when there are more. */
    public List<FieldError> mistakes() {
        if (count == named.size()) {
            return List.copyOf(named);
        }
        var all = new ArrayList<>(named);
        all.add(new FieldError("", "there are more; only the first " + named.size() + " mistakes are named"));
        return List.copyOf(all);
    }

    /**
     * Ends the reading.
     *
     * @throws ProblemException {@code invalid_request} with the mistakes, when there is one
     */
    public void check() {
        if (count > 0) {
            throw Problem.invalid(mistakes()).exception();
        }
    }

    public @Nullable String string(ObjectNode in, Pointer at, String field) {
        var value = said(in, field);
        if (value == null || value.isString()) {
            return value == null ? null : value.stringValue();
        }
        wrongType(value, at.field(field), "a string");
        return null;
    }

    /** A string that must be there; empty, with a mistake noted, when it is not. */
    public String required(ObjectNode in, Pointer at, String field) {
        var value = said(in, field);
        if (value == null) {
            mistake(at.field(field), "is missing");
            return "";
        }
        if (!value.isString()) {
            wrongType(value, at.field(field), "a string");
            return "";
        }
        return value.stringValue();
    }

    public @Nullable Boolean bool(ObjectNode in, Pointer at, String field) {
        var value = said(in, field);
        if (value == null || value.isBoolean()) {
            return value == null ? null : value.booleanValue();
        }
        wrongType(value, at.field(field), "true or false");
        return null;
    }

    /** A number; what is too large for a double is infinite. */
    public @Nullable Double number(ObjectNode in, Pointer at, String field) {
        var value = said(in, field);
        if (value == null || value.isNumber()) {
            return value == null ? null : value.doubleValue(Double.POSITIVE_INFINITY);
        }
        wrongType(value, at.field(field), "a number");
        return null;
    }

    /** A whole number of 64 bits, also when written as {@code 1.0}. */
    public @Nullable Long integer(ObjectNode in, Pointer at, String field) {
        var value = said(in, field);
        if (value == null) {
            return null;
        }
        if (value.isNumber() && value.canConvertToExactIntegral() && value.canConvertToLong()) {
            return value.longValue();
        }
        wrongType(value, at.field(field), "a whole number");
        return null;
    }

    /** An RFC 3339 time between 1970 and 9999. */
    public @Nullable Instant instant(ObjectNode in, Pointer at, String field) {
        var text = string(in, at, field);
        if (text == null) {
            return null;
        }
        try {
            var time = OffsetDateTime.parse(text);
            if (time.getYear() >= 1970 && time.getYear() <= 9999) {
                return time.toInstant();
            }
        } catch (DateTimeException wrong) {
            // said below
        }
        mistake(at.field(field), "is no RFC 3339 time, such as 2026-11-23T08:00:00Z");
        return null;
    }

    /** Notes every field that is none of {@code known}. */
    public void known(ObjectNode in, Pointer at, Collection<String> known) {
        for (var field : in.propertyNames()) {
            if (!known.contains(field)) {
                var hint = isFull() ? "" : Nearest.hint(field, known);
                mistake(at.field(field), "unknown field `" + field + "`" + hint);
            }
        }
    }

    public @Nullable ObjectNode object(ObjectNode in, Pointer at, String field) {
        var value = said(in, field);
        if (value == null || value instanceof ObjectNode) {
            return (ObjectNode) value;
        }
        wrongType(value, at.field(field), "an object");
        return null;
    }

    public @Nullable ArrayNode array(ObjectNode in, Pointer at, String field) {
        var value = said(in, field);
        if (value == null || value instanceof ArrayNode) {
            return (ArrayNode) value;
        }
        wrongType(value, at.field(field), "an array");
        return null;
    }

    /** The field's value, or null when it is absent or null. */
    public static @Nullable JsonNode said(ObjectNode in, String field) {
        var value = in.get(field);
        return value == null || value.isNull() ? null : value;
    }

    /** Notes that {@code value} is not {@code expected}. */
    public void wrongType(JsonNode value, Pointer at, String expected) {
        mistake(at, "must be " + expected + ", not " + kind(value));
    }

    private static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT, POJO -> "an object";
            case ARRAY -> "an array";
            case STRING, BINARY -> "a string";
            case NUMBER -> "the number " + shortened(value.asString());
            case BOOLEAN -> value.asString();
            case NULL, MISSING -> "null";
        };
    }

    private static String shortened(String number) {
        return number.length() > 30 ? number.substring(0, 30) + "…" : number;
    }
}
