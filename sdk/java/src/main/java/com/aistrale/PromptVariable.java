package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a template wants to know.
 *
 * @param name as it stands between the braces
 * @param type {@code string}, {@code number}, {@code integer}, {@code boolean}, {@code array}, {@code object}, or another
 * @param required whether a run must give it
 * @param defaultValue what is put in where it is not given, null for nothing
 * @param description what it is for, null for nothing
 * @param json the whole object as it came
 */
public record PromptVariable(
        String name,
        String type,
        boolean required,
        @Nullable Object defaultValue,
        @Nullable String description,
        Map<String, @Nullable Object> json) {
    static PromptVariable read(Fields fields) {
        return new PromptVariable(
                fields.text("name"),
                fields.text("type"),
                fields.flag("required"),
                fields.value("default"),
                fields.optionalText("description"),
                fields.json());
    }
}
