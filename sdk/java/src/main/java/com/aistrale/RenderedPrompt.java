package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A prompt with its variables put in.
 *
 * @param name the prompt's name
 * @param version which version it was
 * @param text what is asked, null where the version has messages
 * @param messages the conversation as a model would get it, in OpenAI's shape; a text is its one message
 * @param settings how the model is asked, by the names of a run's fields
 * @param json the whole object as it came
 */
public record RenderedPrompt(
        String name,
        long version,
        @Nullable String text,
        List<Map<String, @Nullable Object>> messages,
        Map<String, @Nullable Object> settings,
        Map<String, @Nullable Object> json) {
    static RenderedPrompt read(Fields fields) {
        return new RenderedPrompt(
                fields.text("name"),
                fields.integer("version"),
                fields.optionalText("text"),
                fields.list("messages", Fields::json),
                fields.object("settings"),
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
