package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What changed between two versions of a prompt.
 *
 * @param name the prompt's name
 * @param from the version before
 * @param to the version after
 * @param changes each value that differs
 * @param unified the same as a unified diff; empty where nothing differs
 * @param json the whole object as it came
 */
public record PromptDiff(
        String name, long from, long to, List<Change> changes, String unified, Map<String, @Nullable Object> json) {
    /**
     * One value that differs.
     *
     * @param pointer where, as a JSON pointer (RFC 6901)
     * @param before the value in the version before, null where it was absent
     * @param after the value in the version after, null where it is absent
     */
    public record Change(
            String pointer,
            @Nullable Object before,
            @Nullable Object after) {
        static Change read(Fields fields) {
            return new Change(fields.text("pointer"), fields.value("before"), fields.value("after"));
        }
    }

    static PromptDiff read(Fields fields) {
        var unified = fields.optionalText("unified");
        return new PromptDiff(
                fields.text("name"),
                fields.integer("from"),
                fields.integer("to"),
                fields.list("changes", Change::read),
                unified == null ? "" : unified,
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
