package com.aistrale.server.access;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reads {@code provider/model}, and lists of them. */
final class ModelNames {
    private static final int LONGEST = 300;
    private static final int MOST = 100;
    private static final String FORM = "must be `provider/model`";

    private final ProviderNames providers;

    ModelNames(ProviderNames providers) {
        this.providers = providers;
    }

    /** A {@code provider/model}, or null. */
    @Nullable
    String model(Reading reading, ObjectNode in, String field) {
        var text = reading.string(in, Pointer.ROOT, field);
        return text == null || !isModel(reading, Pointer.ROOT.field(field), text, FORM, false) ? null : text;
    }

    /** A list for {@link AllowedModels}, or null; what is there twice counts once. */
    @Nullable
    List<String> allowed(Reading reading, ObjectNode in, String field) {
        var array = reading.array(in, Pointer.ROOT, field);
        if (array == null) {
            return null;
        }
        var at = Pointer.ROOT.field(field);
        if (array.isEmpty() || array.size() > MOST) {
            reading.mistake(at, "must name 1 to " + MOST + " models, or be null for all");
            return null;
        }
        var all = new LinkedHashSet<String>();
        for (int i = 0; i < array.size(); i++) {
            if (!array.get(i).isString()) {
                reading.wrongType(array.get(i), at.at(i), "a string");
            } else if (isModel(reading, at.at(i), array.get(i).stringValue(), FORM + " or `provider/*`", true)) {
                all.add(array.get(i).stringValue());
            }
        }
        return new ArrayList<>(all);
    }

    private boolean isModel(Reading reading, Pointer at, String text, String form, boolean mayBeAll) {
        int slash = text.indexOf('/');
        if (text.length() > LONGEST) {
            reading.mistake(at, "is longer than " + LONGEST + " characters");
        } else if (slash < 1 || slash == text.length() - 1 || !isOneWord(text)) {
            reading.mistake(at, form + ", such as `openai/gpt-4o`");
        } else if (!providers.isKnown(text.substring(0, slash))) {
            var provider = text.substring(0, slash);
            reading.mistake(at, "there is no provider `" + provider + "`" + providers.hint(provider));
        } else if (text.indexOf('*') >= 0 && !(mayBeAll && text.indexOf('*') == slash + 1 && text.endsWith("/*"))) {
            reading.mistake(at, mayBeAll ? "a `*` stands for all models of a provider only, as in `openai/*`" : form);
        } else {
            return true;
        }
        return false;
    }

    private static boolean isOneWord(String text) {
        return Names.isPlain(text)
                && text.codePoints().noneMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c));
    }
}
