package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A named template. Its texts are in its versions.
 *
 * @param name letters, digits and {@code . _ -}
 * @param description what it is for, null for nothing
 * @param labels names that can be moved from version to version, such as {@code production}, and where each one is
 * @param latestVersion the highest version
 * @param revision changes with every change: {@link Prompts#ifRevision} takes it
 * @param createdAt when it was made
 * @param updatedAt when it, a label or a version last changed
 * @param json the whole object as it came
 */
public record Prompt(
        String name,
        @Nullable String description,
        Map<String, Long> labels,
        long latestVersion,
        long revision,
        Instant createdAt,
        Instant updatedAt,
        Map<String, @Nullable Object> json) {
    static Prompt read(Fields fields) {
        return new Prompt(
                fields.text("name"),
                fields.optionalText("description"),
                fields.integers("labels"),
                fields.integer("latest_version"),
                fields.integer("revision"),
                fields.time("created_at"),
                fields.time("updated_at"),
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
