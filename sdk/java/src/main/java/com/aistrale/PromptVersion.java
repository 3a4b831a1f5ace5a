package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One version of a prompt, which never changes.
 *
 * @param name the prompt's name
 * @param version from 1
 * @param text the template, null where the version has messages
 * @param messages the templates of a conversation, in OpenAI's shape; empty where the version has a text
 * @param variables what the templates want to know
 * @param settings the model and how it is asked, by the names of a run's fields; mostly empty
 * @param note what was said of this version, null for nothing
 * @param labels the labels that are at this version now
 * @param createdAt when it was made
 * @param createdBy who made it, an API key's id; null where that is not known
 * @param json the whole object as it came
 */
public record PromptVersion(
        String name,
        long version,
        @Nullable String text,
        List<Map<String, @Nullable Object>> messages,
        List<PromptVariable> variables,
        Map<String, @Nullable Object> settings,
        @Nullable String note,
        List<String> labels,
        Instant createdAt,
        @Nullable String createdBy,
        Map<String, @Nullable Object> json) {
    static PromptVersion read(Fields fields) {
        return new PromptVersion(
                fields.text("name"),
                fields.integer("version"),
                fields.optionalText("text"),
                fields.list("messages", Fields::json),
                fields.list("variables", PromptVariable::read),
                fields.object("settings"),
                fields.optionalText("note"),
                Objects.requireNonNullElse(fields.optionalTexts("labels"), List.of()),
                fields.time("created_at"),
                fields.optionalText("created_by"),
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
