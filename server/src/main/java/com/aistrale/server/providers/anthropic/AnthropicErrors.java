package com.aistrale.server.providers.anthropic;

import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** {@code {"type": "error", "error": {"type": …, "message": …}}}. */
final class AnthropicErrors {
    private AnthropicErrors() {}

    /** The message of an error's body; null when the body is not of the format. */
    static @Nullable String message(byte[] body) {
        try {
            return Json.parse(body).path("error").path("message").stringValue(null);
        } catch (JacksonException notJson) {
            return null;
        }
    }

    /** An error that came when the stream had begun, as its type would have been answered before. */
    static ProviderFailure inStream(ProviderCall call, JsonNode error) {
        int status = switch (error.path("type").stringValue("")) {
            case "invalid_request_error" -> 400;
            case "authentication_error" -> 401;
            case "billing_error" -> 402;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "request_too_large" -> 413;
            case "rate_limit_error" -> 429;
            case "timeout_error" -> 504;
            case "overloaded_error" -> 529;
            default -> 500;
        };
        return Upstream.refusal(call, status, error.path("message").stringValue(null), null);
    }
}
