package com.aistrale.server.access;

import com.aistrale.server.kit.json.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** API keys on the wire and in the audit log. */
final class ApiKeyJson {
    private ApiKeyJson() {}

    static ObjectNode of(ApiKey key) {
        var json = Json.object().put("id", key.id());
        json.setAll(settings(key));
        return json.put("last_used_at", time(key.lastUsedAt()))
                .put("last_four", key.lastFour())
                .put("created_at", Json.time(key.createdAt()))
                .put("revoked_at", time(key.revokedAt()));
    }

    /** What people decide about a key. */
    static ObjectNode settings(ApiKey key) {
        var json = Json.object().put("name", key.name()).put("role", key.role().wireName());
        if (key.allowedModels() == null) {
            json.putNull("allowed_models");
        } else {
            var models = json.putArray("allowed_models");
            key.allowedModels().forEach(models::add);
        }
        return json.put("expires_at", time(key.expiresAt()))
                .put("requests_per_minute", key.limits().requestsPerMinute())
                .put("tokens_per_minute", key.limits().tokensPerMinute());
    }

    private static @Nullable String time(@Nullable Instant time) {
        return time == null ? null : Json.time(time);
    }
}
