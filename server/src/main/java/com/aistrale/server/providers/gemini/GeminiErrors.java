package com.aistrale.server.providers.gemini;

import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** {@code {"error": {"code": …, "message": …, "status": …, "details": […]}}}, alone or in an array. */
final class GeminiErrors implements Upstream.ErrorMessage {
    @Override
    public @Nullable String of(byte[] body) {
        return error(body).path("message").stringValue(null);
    }

    /** A wrong key is a 400 here; only the details tell. */
    @Override
    public boolean blamesCredential(byte[] body) {
        for (var detail : error(body).path("details")) {
            if ("API_KEY_INVALID".equals(detail.path("reason").stringValue(""))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public @Nullable Duration retryAfter(byte[] body) {
        return retryAfter(error(body));
    }

    /** {@code RetryInfo} says seconds, such as {@code 34.07s}. */
    private static @Nullable Duration retryAfter(JsonNode error) {
        for (var detail : error.path("details")) {
            var delay = detail.path("retryDelay").stringValue(null);
            if (delay != null) {
                try {
                    return Duration.parse("PT" + delay.toUpperCase(Locale.ROOT));
                } catch (DateTimeException unreadable) {
                    return null;
                }
            }
        }
        return null;
    }

    /** An error in the place of a response, when the status was already sent. */
    static ProviderFailure inStream(ProviderCall call, JsonNode response) {
        var error = response.path("error");
        int status = error.path("code").intValue(500);
        return Upstream.refusal(
                call, status < 400 ? 500 : status, error.path("message").stringValue(null), retryAfter(error));
    }

    private static JsonNode error(byte[] body) {
        try {
            var json = Json.parse(body);
            return (json.isArray() ? json.path(0) : json).path("error");
        } catch (JacksonException notJson) {
            return MissingNode.getInstance();
        }
    }
}
