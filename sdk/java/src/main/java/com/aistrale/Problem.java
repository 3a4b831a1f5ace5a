package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server says about an error (application/problem+json, RFC 9457).
 *
 * @param title the kind of error in words, null where it is absent
 * @param detail what happened and what to do, null where it is absent
 * @param status the HTTP status, 0 where it is absent
 * @param code the stable name of the kind, such as {@code rate_limited}; null where it is absent
 * @param requestId the id in the server's log, null where it is absent
 * @param errors the fields that are wrong, empty for most kinds
 * @param provider the provider that it is about, null for none
 * @param upstreamStatus the provider's own HTTP status, null where it did not answer
 * @param retryAfterMs how many milliseconds to wait before another try, null where the server does not say
 * @param json the whole object as it came
 */
public record Problem(
        @Nullable String title,
        @Nullable String detail,
        int status,
        @Nullable String code,
        @Nullable String requestId,
        List<FieldError> errors,
        @Nullable String provider,
        @Nullable Integer upstreamStatus,
        @Nullable Long retryAfterMs,
        Map<String, @Nullable Object> json) {

    /**
     * One field that is wrong.
     *
     * @param pointer where, as a JSON pointer (RFC 6901); null where it is absent
     * @param detail what is wrong with it, null where it is absent
     */
    public record FieldError(
            @Nullable String pointer, @Nullable String detail) {}

    static Problem read(Fields fields) {
        var status = fields.optionalInteger("status");
        var upstream = fields.optionalInteger("upstream_status");
        return new Problem(
                fields.optionalText("title"),
                fields.optionalText("detail"),
                status == null ? 0 : Math.toIntExact(status),
                fields.optionalText("code"),
                fields.optionalText("request_id"),
                fields.list("errors", e -> new FieldError(e.optionalText("pointer"), e.optionalText("detail"))),
                fields.optionalText("provider"),
                upstream == null ? null : Math.toIntExact(upstream),
                fields.optionalInteger("retry_after_ms"),
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
