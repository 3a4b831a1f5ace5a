package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whose API key a client has.
 *
 * @param workspaceId {@code ws_…}
 * @param workspaceName its name
 * @param apiKeyId {@code key_…}
 * @param role what the key may do: {@code viewer}, {@code member}, {@code admin}, or another; null where an older server does not say
 * @param operator whether it is the server's operator, who may make workspaces
 * @param defaultModel the model that answers when none is named, null while there is none
 * @param requestsPerMinute the most inferences that the key may begin in a minute, null for any number
 * @param tokensPerMinute the most tokens that its inferences may read and write in a minute, null for any number
 * @param json the whole object as it came
 */
public record Whoami(
        String workspaceId,
        String workspaceName,
        String apiKeyId,
        @Nullable String role,
        boolean operator,
        @Nullable String defaultModel,
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        Map<String, @Nullable Object> json) {
    static Whoami read(Fields fields) {
        return new Whoami(
                fields.text("workspace_id"),
                fields.text("workspace_name"),
                fields.text("api_key_id"),
                fields.optionalText("role"),
                fields.flag("operator"),
                fields.optionalText("default_model"),
                fields.optionalInteger("requests_per_minute"),
                fields.optionalInteger("tokens_per_minute"),
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
