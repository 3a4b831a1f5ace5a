package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server shows of an API key.
 *
 * @param id {@code key_…}
 * @param name the name given to it
 * @param role what it may do: {@code viewer}, {@code member}, {@code admin}, or another; null where an older server does not say
 * @param allowedModels the models that it may run, such as {@code openai/*}; null for all
 * @param expiresAt from when on it is refused, null for never
 * @param requestsPerMinute the most inferences that it may begin in a minute, null for any number
 * @param tokensPerMinute the most tokens that its inferences may read and write in a minute, null for any number
 * @param lastUsedAt when it was last used, to a minute or so; null for never
 * @param lastFour its last four characters
 * @param createdAt when it was made
 * @param revokedAt since when it is refused, null while it is not
 * @param json the whole object as it came
 */
public record ApiKey(
        String id,
        String name,
        @Nullable String role,
        @Nullable List<String> allowedModels,
        @Nullable Instant expiresAt,
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        @Nullable Instant lastUsedAt,
        String lastFour,
        Instant createdAt,
        @Nullable Instant revokedAt,
        Map<String, @Nullable Object> json) {
    static ApiKey read(Fields fields) {
        return new ApiKey(
                fields.text("id"),
                fields.text("name"),
                fields.optionalText("role"),
                fields.optionalTexts("allowed_models"),
                fields.optionalTime("expires_at"),
                fields.optionalInteger("requests_per_minute"),
                fields.optionalInteger("tokens_per_minute"),
                fields.optionalTime("last_used_at"),
                fields.text("last_four"),
                fields.time("created_at"),
                fields.optionalTime("revoked_at"),
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
