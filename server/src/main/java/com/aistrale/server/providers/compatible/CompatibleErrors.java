package com.aistrale.server.providers.compatible;

import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Finds out what went wrong from the many shapes in which providers of this format say it. */
final class CompatibleErrors {
    private static final int BEGINNING = 200;

    private CompatibleErrors() {}

    /** The provider's message in the body of an error; null when the body is empty. */
    static @Nullable String message(byte[] body) {
        var message = parsed(body);
        if (message == null) {
            var beginning = begin(body);
            return beginning.isEmpty() ? null : beginning;
        }
        return message;
    }

    private static @Nullable String parsed(byte[] body) {
        try {
            return message(Json.parse(body));
        } catch (JacksonException notJson) {
            return null;
        }
    }

    /** {@code {error: {message}}}, {@code {error: "…"}}, {@code {message}}, {@code {detail}}, or a list of one of them. */
    private static @Nullable String message(JsonNode said) {
        if (said.isString()) {
            return said.stringValue().isEmpty() ? null : said.stringValue();
        }
        if (said.isArray()) {
            return said.isEmpty() ? null : message(said.get(0));
        }
        for (var field : new String[] {"error", "message", "detail", "msg"}) {
            var inside = said.get(field);
            var message = inside == null ? null : message(inside);
            if (message != null) {
                return message;
            }
        }
        return null;
    }

    /** The first 200 characters of a body that is no JSON. */
    static String begin(byte[] body) {
        int bytes = Math.min(body.length, 4 * BEGINNING);
        return begin(new String(body, 0, bytes, StandardCharsets.UTF_8));
    }

    static String begin(String text) {
        var stripped = text.strip();
        return stripped.length() <= BEGINNING ? stripped : stripped.substring(0, BEGINNING) + "…";
    }

    /** Some errors come with status 200, most of them in streams. */
    static void check(ProviderCall call, ObjectNode answer) {
        var error = answer.get("error");
        if (error != null && !error.isNull()) {
            throw failure(call, answer, error);
        }
    }

    /** As if the same error had come before the stream: with the status it names, or that its words stand for. */
    private static ProviderFailure failure(ProviderCall call, ObjectNode answer, JsonNode error) {
        var status = status(error);
        var message = message(error);
        return Upstream.refusal(
                call,
                status == null ? status(words(answer, error)) : status,
                message == null ? begin(Json.text(error)) : message,
                null);
    }

    private static @Nullable Integer status(JsonNode error) {
        for (var field : new String[] {"status_code", "status", "code"}) {
            var value = error.get(field);
            if (value != null && value.isInt() && value.intValue() >= 400 && value.intValue() < 600) {
                return value.intValue();
            }
        }
        return null;
    }

    private static String words(ObjectNode answer, JsonNode error) {
        return (CompatibleJson.text(error, "type")
                        + " "
                        + CompatibleJson.text(error, "code")
                        + " "
                        + CompatibleJson.text(answer, "error_type"))
                .toLowerCase(Locale.ROOT);
    }

    private static int status(String words) {
        if (words.contains("rate_limit") || words.contains("quota")) {
            return 429;
        }
        if (words.contains("api_key") || words.contains("authentication") || words.contains("permission")) {
            return 401;
        }
        if (words.contains("timeout")) {
            return 408;
        }
        return words.contains("invalid") || words.contains("context_length") ? 400 : 500;
    }

    /** The provider answered something {@code what}: a clause without a full stop. */
    static ProviderFailure unreadable(ProviderCall call, String what) {
        return failed(call, " gave an answer " + what + ".");
    }

    static ProviderFailure brokenOff(ProviderCall call) {
        return failed(call, " broke off its answer: the stream ended before the model had finished.");
    }

    private static ProviderFailure failed(ProviderCall call, String what) {
        var credential = call.endpoint().credential();
        var message = call.endpoint().spec().title() + what;
        return new ProviderFailure(
                Kind.FAILED,
                call.endpoint().provider(),
                credential == null ? message : message.replace(credential.reveal(), "•••"),
                null,
                null,
                null);
    }
}
