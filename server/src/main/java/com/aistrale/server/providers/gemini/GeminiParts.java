package com.aistrale.server.providers.gemini;

import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Refusals;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Parts of messages as Gemini's parts. */
final class GeminiParts {
    /** Files uploaded to Google need no type: the service knows it. */
    private static final Pattern UPLOADED =
            Pattern.compile("https://[a-z0-9.-]*generativelanguage\\.googleapis\\.com/v1[a-z]*/files/.+");

    private static final Pattern EXTENSION = Pattern.compile("https://[^?#]+\\.([A-Za-z]{3,4})(?:[?#].*)?");

    private final boolean ownResolution;
    private final Refusals refusals;

    /** @param ownResolution whether the model lets an image say its resolution */
    GeminiParts(boolean ownResolution, Refusals refusals) {
        this.ownResolution = ownResolution;
        this.refusals = refusals;
    }

    static void noCacheControl(Refusals refusals, String pointer) {
        refusals.noPlace(pointer + "/cache_control", "leave it out: Gemini caches by itself, or by `cached_content`");
    }

    void text(ArrayNode into, Part.Text text, String pointer) {
        uncached(text.cacheControl(), pointer);
        into.addObject().put("text", text.text());
    }

    void call(ArrayNode into, Part.ToolCall call, @Nullable String signature, String pointer) {
        var arguments = call.arguments().isBlank() ? Json.object() : parsed(call.arguments());
        if (!(arguments instanceof ObjectNode)) {
            refusals.add(pointer, "the arguments are not a JSON object, and Gemini takes nothing else");
            return;
        }
        var part = into.addObject();
        part.putObject("functionCall")
                .put("id", call.id())
                .put("name", call.name())
                .set("args", arguments);
        if (signature != null) {
            part.put("thoughtSignature", signature);
        }
    }

    /** Results are JSON here: one that reads as an object or array goes as such, everything else as a string. */
    void result(ArrayNode into, Part.ToolResult result, String function, String pointer) {
        uncached(result.cacheControl(), pointer);
        var content = result.content();
        var structured = content.startsWith("{") || content.startsWith("[") ? parsed(content) : null;
        var said = into.addObject()
                .putObject("functionResponse")
                .put("id", result.callId())
                .put("name", function)
                .putObject("response");
        if (structured == null) {
            said.put("output", content);
        } else {
            said.set("output", structured);
        }
    }

    private static @Nullable JsonNode parsed(String json) {
        try {
            return Json.parse(json);
        } catch (JacksonException broken) {
            return null;
        }
    }

    void image(ArrayNode into, Part.Image image, Role role, String pointer) {
        uncached(image.cacheControl(), pointer);
        if (role == Role.SYSTEM) {
            refusals.noPlace(pointer, "images are the user's to send");
            return;
        }
        var part = into.addObject();
        var inline = image.inline();
        if (inline != null) {
            inline(part, inline);
        } else {
            byUrl(part, image.url(), pointer + "/image_url/url");
        }
        var detail = image.detail();
        if (detail != null && !detail.equals("auto")) {
            if (ownResolution && (detail.equals("low") || detail.equals("high"))) {
                var level = "MEDIA_RESOLUTION_" + detail.toUpperCase(Locale.ROOT);
                part.putObject("mediaResolution").put("level", level);
            } else {
                refusals.noPlace(pointer + "/image_url/detail", "leave it out with this model");
            }
        }
    }

    private static void inline(ObjectNode part, Part.Inline inline) {
        part.putObject("inlineData").put("mimeType", inline.mediaType()).put("data", inline.base64());
    }

    private void byUrl(ObjectNode part, String url, String pointer) {
        var file = part.putObject("fileData");
        if (!UPLOADED.matcher(url).matches()) {
            var type = imageType(url);
            if (type == null) {
                refusals.add(
                        pointer,
                        "Gemini takes an https URL that ends in .png, .jpg, .jpeg, .webp, .heic, .heif or .bmp, or the"
                                + " image itself as a data: URL with base64; send it as the latter");
                return;
            }
            file.put("mimeType", type);
        }
        file.put("fileUri", url);
    }

    private static @Nullable String imageType(String url) {
        var extension = EXTENSION.matcher(url);
        if (!extension.matches()) {
            return null;
        }
        var name = extension.group(1).toLowerCase(Locale.ROOT);
        return switch (name) {
            case "png", "jpeg", "webp", "heic", "heif", "bmp" -> "image/" + name;
            case "jpg" -> "image/jpeg";
            default -> null;
        };
    }

    /** OpenAI's parts with data of their own: files and audio. */
    void other(ArrayNode into, Part.Other other, Role role, String pointer) {
        uncached(other.json().get("cache_control"), pointer);
        var inline = switch (other.type()) {
            case "file" -> file(other.json().path("file"));
            case "input_audio" -> audio(other.json().path("input_audio"));
            default -> null;
        };
        if (role == Role.SYSTEM || inline == null) {
            refusals.noPlace(
                    pointer,
                    "of parts of type `" + other.type() + "` a `file` with a data: URL in `file_data`, and"
                            + " `input_audio`, can be sent by the user");
        } else {
            inline(into.addObject(), inline);
        }
    }

    private static Part.@Nullable Inline file(JsonNode file) {
        return new Part.Image(file.path("file_data").stringValue(""), null, null).inline();
    }

    private static Part.@Nullable Inline audio(JsonNode audio) {
        var data = audio.path("data").stringValue(null);
        var format = audio.path("format").stringValue(null);
        return data == null || format == null ? null : new Part.Inline("audio/" + format, data);
    }

    private void uncached(@Nullable JsonNode cacheControl, String pointer) {
        if (cacheControl != null && !cacheControl.isNull()) {
            noCacheControl(refusals, pointer);
        }
    }
}
