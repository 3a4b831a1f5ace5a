package com.aistrale.emulator.conformance;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Whether something is what was expected. Objects are subsets, arrays exact, numbers equal by value, null also where nothing is; a string that begins
 * with {@code $} is a matcher.
 */
final class Matching {
    private static final int SHOWN = 300;

    private final List<String> mismatches = new ArrayList<>();

    private Matching() {}

    /** What does not match, in words; empty when everything does. */
    static List<String> mismatches(String where, JsonNode expected, JsonNode actual) {
        Matching matching = new Matching();
        matching.compare(where, expected, actual);
        return matching.mismatches;
    }

    private void compare(String where, JsonNode expected, JsonNode actual) {
        if (expected.isString() && expected.stringValue().startsWith("$")) {
            if (!fits(expected.stringValue(), actual)) {
                differ(where, expected, actual);
            }
        } else if (expected.isObject() && actual.isObject()) {
            for (Map.Entry<String, JsonNode> field : expected.properties()) {
                compare(where + "." + field.getKey(), field.getValue(), actual.path(field.getKey()));
            }
        } else if (expected.isArray() && actual.isArray()) {
            if (expected.size() != actual.size()) {
                mismatches.add("%s: %d of them, expected %d: %s"
                        .formatted(where, actual.size(), expected.size(), shown(actual)));
                return;
            }
            for (int i = 0; i < expected.size(); i++) {
                compare(where + "[" + i + "]", expected.get(i), actual.get(i));
            }
        } else if (!equal(expected, actual)) {
            differ(where, expected, actual);
        }
    }

    private void differ(String where, JsonNode expected, JsonNode actual) {
        mismatches.add("%s: %s, expected %s".formatted(where, shown(actual), expected));
    }

    private static String shown(JsonNode actual) {
        String text = actual.isMissingNode() ? "absent" : actual.toString();
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }

    private static boolean equal(JsonNode expected, JsonNode actual) {
        if (expected.isNumber() && actual.isNumber()) {
            return expected.decimalValue().compareTo(actual.decimalValue()) == 0;
        }
        return expected.equals(actual) || (expected.isNull() && actual.isMissingNode());
    }

    private static boolean fits(String matcher, JsonNode actual) {
        int colon = matcher.indexOf(':');
        String name = colon < 0 ? matcher : matcher.substring(0, colon);
        String argument = colon < 0 ? "" : matcher.substring(colon + 1);
        return switch (name) {
            case "$any" -> !actual.isMissingNode() && !actual.isNull();
            case "$absent" -> actual.isMissingNode() || actual.isNull();
            case "$string" -> actual.isString();
            case "$number" -> argument.isEmpty() ? actual.isNumber() : isNumber(argument, actual);
            case "$contains" -> actual.isString() && actual.stringValue().contains(argument);
            case "$matches" ->
                actual.isString()
                        && Pattern.compile(argument, Pattern.DOTALL)
                                .matcher(actual.stringValue())
                                .matches();
            case "$id" -> actual.isString() && actual.stringValue().matches(argument + "_[0-9a-z]{26}");
            case "$time" -> actual.isString() && isTime(actual.stringValue());
            default -> throw new IllegalArgumentException("there is no matcher " + matcher);
        };
    }

    private static boolean isNumber(String digits, JsonNode actual) {
        if (actual.isString()) {
            return actual.stringValue().equals(digits);
        }
        return actual.isNumber() && actual.decimalValue().compareTo(new BigDecimal(digits)) == 0;
    }

    private static boolean isTime(String text) {
        try {
            return OffsetDateTime.parse(text).getYear() > 2000;
        } catch (DateTimeException other) {
            return false;
        }
    }
}
