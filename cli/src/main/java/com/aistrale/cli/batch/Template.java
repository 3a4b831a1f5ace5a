package com.aistrale.cli.batch;

import com.aistrale.internal.Json;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Text with places for values, by the rules of stored prompts ({@code contract/vectors/render/}): {@code {{name}}}, spaces inside the
 * braces or none; every other character stands for itself, and a value is put in once, as it is.
 */
final class Template {
    private static final Pattern VARIABLE = Pattern.compile("\\{\\{ *([A-Za-z_][A-Za-z0-9_]*) *\\}\\}");

    /** Literal texts and variables' names in turn; the first and the last are literals. */
    private final List<String> parts = new ArrayList<>();

    Template(String text) {
        var found = VARIABLE.matcher(text);
        var from = 0;
        while (found.find()) {
            parts.add(text.substring(from, found.start()));
            parts.add(found.group(1));
            from = found.end();
        }
        parts.add(text.substring(from));
    }

    /** The variables' names, in the order of their first places. */
    SequencedSet<String> variables() {
        var names = new LinkedHashSet<String>();
        for (var i = 1; i < parts.size(); i += 2) {
            names.add(parts.get(i));
        }
        return names;
    }

    /** The text with the values in it; a {@link RunFields.Mistake} names the one that is missing. */
    String render(Map<String, ? extends @Nullable Object> values) {
        var text = new StringBuilder();
        for (var i = 0; i < parts.size(); i++) {
            text.append(i % 2 == 0 ? parts.get(i) : value(parts.get(i), values));
        }
        return text.toString();
    }

    private static String value(String name, Map<String, ? extends @Nullable Object> values) {
        var value = values.get(name);
        if (value == null) {
            throw new RunFields.Mistake("there is no value for {{" + name + "}}");
        }
        return value instanceof String text ? text : Json.write(value);
    }
}
