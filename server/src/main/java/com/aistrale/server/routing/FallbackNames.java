package com.aistrale.server.routing;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Reads the names of models to ask where another one does not answer. */
public final class FallbackNames {
    private static final String FIELD = "fallbacks";
    private static final int LONGEST = 256;

    /** What else is asked of a name. */
    interface Check {
        void look(String name, Pointer at);
    }

    private FallbackNames() {}

    /** The field {@code fallbacks}; empty when absent or null. Mistakes are noted, and leave their elements out. */
    public static List<String> read(ObjectNode body, Reading reading) {
        return read(body, reading, (name, at) -> {});
    }

    static List<String> read(ObjectNode body, Reading reading, Check check) {
        var array = reading.array(body, Pointer.ROOT, FIELD);
        if (array == null || array.isEmpty()) {
            return List.of();
        }
        var at = Pointer.ROOT.field(FIELD);
        if (array.size() > Alias.MOST_FALLBACKS) {
            reading.mistake(
                    at, "has " + array.size() + " models; at most " + Alias.MOST_FALLBACKS + " are asked in turn");
            return List.of();
        }
        var names = new ArrayList<String>(array.size());
        for (int i = 0; i < array.size(); i++) {
            var name = array.get(i);
            if (!name.isString()) {
                reading.wrongType(name, at.at(i), "a string");
            } else if (name.stringValue().isBlank()) {
                reading.mistake(at.at(i), "is empty; name a model, such as `openai/gpt-4o`, or leave it out");
            } else if (isShort(name.stringValue(), at.at(i), reading)) {
                names.add(name.stringValue());
                check.look(name.stringValue(), at.at(i));
            }
        }
        return names;
    }

    /** Whether a model can be called so where it is kept; a mistake is noted when not. */
    static boolean isName(String name, Pointer at, Reading reading) {
        if (!isShort(name, at, reading)) {
            return false;
        }
        if (name.isEmpty() || !name.codePoints().allMatch(FallbackNames::isPlain)) {
            reading.mistake(at, "must be a model's name in one word, such as `openai/gpt-4o`");
            return false;
        }
        return true;
    }

    /** Whether a name has at most 256 characters; a mistake is noted when not. Names stand in indexes, and stay in memory. */
    public static boolean isShort(String name, Pointer at, Reading reading) {
        boolean isShort = name.length() <= LONGEST || name.codePointCount(0, name.length()) <= LONGEST;
        if (!isShort) {
            reading.mistake(at, "is longer than " + LONGEST + " characters");
        }
        return isShort;
    }

    private static boolean isPlain(int c) {
        return !Character.isWhitespace(c)
                && !Character.isSpaceChar(c)
                && !Character.isISOControl(c)
                && Character.getType(c) != Character.SURROGATE;
    }
}
