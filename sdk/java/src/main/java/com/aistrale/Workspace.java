package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tenant of the server: prompts, tokens, keys and telemetry belong to exactly one.
 *
 * @param id {@code ws_…}
 * @param name the name given to it
 * @param captureContent whether what is asked and answered is kept
 * @param retentionDays after how many days telemetry is deleted, null for never
 * @param defaultModel the model that answers when none is named, null while there is none
 * @param createdAt when it was made
 * @param json the whole object as it came
 */
public record Workspace(
        String id,
        String name,
        boolean captureContent,
        @Nullable Long retentionDays,
        @Nullable String defaultModel,
        Instant createdAt,
        Map<String, @Nullable Object> json) {
    static Workspace read(Fields fields) {
        return new Workspace(
                fields.text("id"),
                fields.text("name"),
                fields.flag("capture_content"),
                fields.optionalInteger("retention_days"),
                fields.optionalText("default_model"),
                fields.time("created_at"),
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
