package com.aistrale.server.access;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.text.Normalizer;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** The names that people give to keys, workspaces and budgets. */
public final class Names {
    private static final int LONGEST = 100;

    private Names() {}

    /** The field {@code name}, stripped; a mistake is noted when it is none. */
    public static String read(Reading reading, ObjectNode in) {
        var at = Pointer.ROOT.field("name");
        int before = reading.count();
        var name = reading.required(in, Pointer.ROOT, "name").strip();
        if (reading.count() > before) {
            return name;
        }
        if (name.isEmpty() || name.codePointCount(0, name.length()) > LONGEST) {
            reading.mistake(at, "must have 1 to " + LONGEST + " characters");
        } else if (!isPlain(name)) {
            reading.mistake(at, "must not have control characters");
        }
        return name;
    }

    /** Whether every database can keep the text, and a terminal show it. */
    static boolean isPlain(String text) {
        return text.codePoints()
                .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
    }

    /** What is the same for names that differ in upper and lower case only. */
    static String key(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
    }
}
