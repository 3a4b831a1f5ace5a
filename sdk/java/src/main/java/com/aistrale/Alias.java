package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A name of your own for a model.
 *
 * @param name what inferences ask for
 * @param model what then answers, such as {@code openai/gpt-4o-mini}
 * @param fallbacks whom to ask, in this order, when the model cannot answer; mostly empty
 * @param createdAt when it was first set
 * @param updatedAt when it was set last
 * @param json the whole object as it came
 */
public record Alias(
        String name,
        String model,
        List<String> fallbacks,
        Instant createdAt,
        Instant updatedAt,
        Map<String, @Nullable Object> json) {
    static Alias read(Fields fields) {
        var fallbacks = fields.optionalTexts("fallbacks");
        return new Alias(
                fields.text("name"),
                fields.text("model"),
                fallbacks == null ? List.of() : fallbacks,
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
