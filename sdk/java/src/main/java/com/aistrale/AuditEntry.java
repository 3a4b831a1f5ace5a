package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who changed what.
 *
 * @param id {@code aud_…}
 * @param at when
 * @param actor who
 * @param action what was done, such as {@code api_key.created}
 * @param target to what
 * @param detail what else is worth knowing of it; no secret and no content
 * @param client with what, such as {@code cli/0.1.0}; null where it did not say
 * @param json the whole object as it came
 */
public record AuditEntry(
        String id,
        Instant at,
        Actor actor,
        String action,
        Target target,
        Map<String, @Nullable Object> detail,
        @Nullable String client,
        Map<String, @Nullable Object> json) {

    /**
     * Who did it.
     *
     * @param apiKeyId with which API key, null for the operator
     * @param operator whether it was the server's operator
     */
    public record Actor(@Nullable String apiKeyId, boolean operator) {
        static Actor read(Fields fields) {
            return new Actor(fields.optionalText("api_key_id"), fields.flag("operator"));
        }
    }

    /**
     * What it was done to.
     *
     * @param type such as {@code api_key}
     * @param id its id or name
     */
    public record Target(String type, String id) {
        static Target read(Fields fields) {
            return new Target(fields.text("type"), fields.text("id"));
        }
    }

    static AuditEntry read(Fields fields) {
        return new AuditEntry(
                fields.text("id"),
                fields.time("at"),
                fields.required("actor", Actor::read),
                fields.text("action"),
                fields.required("target", Target::read),
                fields.object("detail"),
                fields.optionalText("client"),
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
