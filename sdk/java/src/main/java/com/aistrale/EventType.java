package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A type of event.
 *
 * @param type such as {@code inference.failed}
 * @param description when it happens
 * @param schema the JSON Schema of its events
 */
public record EventType(String type, String description, Map<String, @Nullable Object> schema) {
    static EventType read(Fields fields) {
        return new EventType(fields.text("type"), fields.text("description"), fields.object("schema"));
    }
}
