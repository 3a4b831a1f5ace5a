package com.aistrale.server.inference;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A piece of a message. */
public sealed interface Part {

    /** @param cacheControl a prompt-cache marker ({@code {"type": "ephemeral"}}), or null */
    record Text(String text, @Nullable JsonNode cacheControl) implements Part {}

    /**
     * An image by URL, or inline when {@code url} is a {@code data:} URL with base64.
     *
     * @param detail OpenAI's {@code low | high | auto}, or null
     */
    record Image(
            String url, @Nullable String detail, @Nullable JsonNode cacheControl) implements Part {
        /** Media type and base64 of a {@code data:} URL; null for a plain URL or one that is not base64. */
        public @Nullable Inline inline() {
            int comma = url.indexOf(',');
            if (!url.startsWith("data:")
                    || comma < 0
                    || !url.substring(5, comma).endsWith(";base64")) {
                return null;
            }
            return new Inline(url.substring(5, comma - ";base64".length()), url.substring(comma + 1));
        }
    }

    /** @param mediaType such as {@code image/png} */
    record Inline(String mediaType, String base64) {}

    /**
     * A tool call of the assistant.
     *
     * @param arguments JSON text as the model wrote it; never null, possibly not valid JSON
     * @param signature the provider's signature of the thought before the call (Gemini), or null
     */
    record ToolCall(
            String id,
            String name,
            String arguments,
            @Nullable String signature) implements Part {}

    /** What a tool answered to the call {@code callId}. */
    record ToolResult(
            String callId, String content, @Nullable JsonNode cacheControl) implements Part {}

    /** A thinking block; the signature must go back to the provider unchanged in a tool loop. */
    record Thinking(String text, @Nullable String signature) implements Part {}

    /** A thinking block that the provider encrypted; it too must go back unchanged. */
    record RedactedThinking(String data) implements Part {}

    /** A part of OpenAI's format that has no form of its own here, such as {@code input_audio} or {@code file}. */
    record Other(String type, JsonNode json) implements Part {}
}
