package com.aistrale.server.providers.anthropic;

import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Refusals;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Parts of messages as content blocks. */
final class AnthropicBlocks {
    private final Refusals refusals;

    AnthropicBlocks(Refusals refusals) {
        this.refusals = refusals;
    }

    /** On a tool's message the name repeats the call's; everywhere else it tells speakers apart. */
    void name(Message message, String pointer) {
        if (message.name() != null && message.role() != Role.TOOL) {
            refusals.noPlace(pointer + "/name", "say in the text who speaks");
        }
    }

    void text(ArrayNode into, Part.Text text) {
        cache(into.addObject().put("type", "text").put("text", text.text()), text.cacheControl());
    }

    /** Only what Anthropic signed is a block of its format; another provider's reasoning is no part of a conversation. */
    void thinking(ArrayNode into, Part.Thinking thinking) {
        if (thinking.signature() != null) {
            into.addObject()
                    .put("type", "thinking")
                    .put("thinking", thinking.text())
                    .put("signature", thinking.signature());
        }
    }

    void redacted(ArrayNode into, Part.RedactedThinking redacted) {
        into.addObject().put("type", "redacted_thinking").put("data", redacted.data());
    }

    void toolCall(ArrayNode into, Part.ToolCall call, String pointer) {
        var input = arguments(call.arguments());
        if (input == null) {
            refusals.add(pointer, "the arguments are not a JSON object, and Anthropic takes nothing else");
            return;
        }
        into.addObject()
                .put("type", "tool_use")
                .put("id", call.id())
                .put("name", call.name())
                .set("input", input);
    }

    private static @Nullable ObjectNode arguments(String json) {
        if (json.isBlank()) {
            return Json.object();
        }
        try {
            return Json.parse(json) instanceof ObjectNode object ? object : null;
        } catch (JacksonException broken) {
            return null;
        }
    }

    void toolResult(ArrayNode into, Part.ToolResult result) {
        var block = into.addObject().put("type", "tool_result").put("tool_use_id", result.callId());
        if (!result.content().isEmpty()) {
            block.put("content", result.content());
        }
        cache(block, result.cacheControl());
    }

    void image(ArrayNode into, Part.Image image, Role role, String pointer) {
        if (role != Role.USER) {
            refusals.noPlace(pointer, "images are the user's to send");
            return;
        }
        if ("low".equals(image.detail())) {
            refusals.noPlace(pointer + "/image_url/detail", "leave it out; images are seen in full detail");
        }
        var source = Json.object();
        var inline = image.inline();
        if (inline != null) {
            source.put("type", "base64").put("media_type", inline.mediaType()).put("data", inline.base64());
        } else if (image.url().startsWith("https://") || image.url().startsWith("http://")) {
            source.put("type", "url").put("url", image.url());
        } else {
            refusals.add(pointer + "/image_url/url", "neither an http(s) URL nor a data: URL with base64");
        }
        var block = into.addObject().put("type", "image");
        block.set("source", source);
        cache(block, image.cacheControl());
    }

    /** A PDF inline is a document; nothing else of OpenAI's parts has a form here. */
    void other(ArrayNode into, Part.Other other, Role role, String pointer) {
        var file = other.json().path("file");
        var pdf = new Part.Image(file.path("file_data").stringValue(""), null, null).inline();
        if (role != Role.USER || !other.type().equals("file")) {
            refusals.noPlace(pointer, "parts of type `" + other.type() + "` cannot be sent here");
        } else if (pdf == null || !pdf.mediaType().equals("application/pdf")) {
            refusals.noPlace(pointer + "/file", "a PDF as a data: URL in `file_data` can be sent, no other file");
        } else {
            var block = into.addObject().put("type", "document");
            block.putObject("source")
                    .put("type", "base64")
                    .put("media_type", pdf.mediaType())
                    .put("data", pdf.base64());
            if (file.path("filename").isString()) {
                block.set("title", file.path("filename"));
            }
            cache(block, other.json().get("cache_control"));
        }
    }

    private static void cache(ObjectNode block, @Nullable JsonNode control) {
        if (control != null && !control.isNull()) {
            block.set("cache_control", control);
        }
    }
}
