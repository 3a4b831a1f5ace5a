package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes messages in OpenAI's shape. Immutable. */
public final class MessageWriter {

    /**
     * What a reader understands beyond OpenAI's own fields.
     *
     * @param cacheMarkers {@code cache_control} on messages, parts and tools
     * @param thoughts what it takes of an assistant's thoughts
     * @param thoughtSignatures {@code extra_content.google.thought_signature} of a tool call
     */
    public record Dialect(boolean cacheMarkers, Thoughts thoughts, boolean thoughtSignatures) {
        /** Our own clients, who are told everything. */
        public static final Dialect OURS = new Dialect(true, Thoughts.ALL, true);

        /** How much of an assistant's thoughts is written. */
        public enum Thoughts {
            NONE,
            /** {@code reasoning_content}, and only beside tool calls. */
            WITH_TOOL_CALLS,
            /** {@code reasoning_content} and {@code thinking_blocks}. */
            ALL
        }
    }

    /** The field of a tool call that has what no field of the format has. */
    public static final String EXTRA_CONTENT = "extra_content";

    private final Dialect dialect;

    public MessageWriter(Dialect dialect) {
        this.dialect = dialect;
    }

    /** What an assistant answered, for our own clients. {@code content} is null when there is no text. */
    public static ObjectNode answer(List<Part> parts) {
        return new MessageWriter(Dialect.OURS).assistant(parts);
    }

    /** The tool calls among {@code parts}; empty when there is none. */
    public static ArrayNode toolCalls(List<Part> parts) {
        return new MessageWriter(Dialect.OURS).calls(parts);
    }

    /** Appends the message; one of several tool results becomes several messages. */
    void write(Message message, ArrayNode into) {
        switch (message.role()) {
            case SYSTEM -> into.add(said("system", message));
            case USER -> into.add(said("user", message));
            case ASSISTANT -> into.add(named(assistant(message.parts()), message));
            case TOOL -> {
                for (var part : message.parts()) {
                    if (part instanceof Part.ToolResult result) {
                        into.add(named(toolAnswer(result), message));
                    }
                }
            }
        }
    }

    private ObjectNode said(String role, Message message) {
        var object = Json.object().put("role", role);
        object.set("content", content(message.parts()));
        return named(object, message);
    }

    private static ObjectNode named(ObjectNode object, Message message) {
        return message.name() == null ? object : object.put("name", message.name());
    }

    private ObjectNode toolAnswer(Part.ToolResult result) {
        var object = Json.object().put("role", "tool").put("tool_call_id", result.callId());
        object.set("content", content(List.of(new Part.Text(result.content(), result.cacheControl()))));
        return object;
    }

    private ObjectNode assistant(List<Part> parts) {
        var object = Json.object().put("role", "assistant");
        var spoken = parts.stream().filter(MessageWriter::isContent).toList();
        var calls = calls(parts);
        if (spoken.isEmpty()) {
            object.putNull("content");
        } else {
            object.set("content", content(spoken));
        }
        for (var part : parts) {
            if (part instanceof Part.Other other && other.type().equals("refusal")) {
                object.set("refusal", other.json().get("refusal"));
            }
        }
        switch (dialect.thoughts()) {
            case NONE -> {}
            case WITH_TOOL_CALLS -> {
                if (!calls.isEmpty()) {
                    thinking(parts, object, false);
                }
            }
            case ALL -> thinking(parts, object, true);
        }
        if (!calls.isEmpty()) {
            object.set("tool_calls", calls);
        }
        return object;
    }

    private static boolean isContent(Part part) {
        return switch (part) {
            case Part.Text text -> true;
            case Part.Image image -> true;
            case Part.Other other -> !other.type().equals("refusal");
            case Part.ToolCall call -> false;
            case Part.ToolResult result -> false;
            case Part.Thinking thinking -> false;
            case Part.RedactedThinking redacted -> false;
        };
    }

    /** A string where that says all, else parts. */
    private JsonNode content(List<Part> parts) {
        if (parts.size() == 1 && parts.getFirst() instanceof Part.Text only && marker(only.cacheControl()) == null) {
            return Json.array().stringNode(only.text());
        }
        var array = Json.array();
        for (var part : parts) {
            switch (part) {
                case Part.Text text ->
                    array.add(marked(Json.object().put("type", "text").put("text", text.text()), text.cacheControl()));
                case Part.Image image -> array.add(marked(image(image), image.cacheControl()));
                case Part.Other other -> array.add(other.json());
                case Part.ToolCall call -> {}
                case Part.ToolResult result -> {}
                case Part.Thinking thinking -> {}
                case Part.RedactedThinking redacted -> {}
            }
        }
        return array;
    }

    private static ObjectNode image(Part.Image image) {
        var object = Json.object().put("type", "image_url");
        var url = object.putObject("image_url").put("url", image.url());
        if (image.detail() != null) {
            url.put("detail", image.detail());
        }
        return object;
    }

    private @Nullable JsonNode marker(@Nullable JsonNode cacheControl) {
        return dialect.cacheMarkers() ? cacheControl : null;
    }

    private ObjectNode marked(ObjectNode part, @Nullable JsonNode cacheControl) {
        var marker = marker(cacheControl);
        if (marker != null) {
            part.set("cache_control", marker);
        }
        return part;
    }

    private ArrayNode calls(List<Part> parts) {
        var calls = Json.array();
        for (var part : parts) {
            if (part instanceof Part.ToolCall call) {
                var object = calls.addObject().put("id", call.id()).put("type", "function");
                object.putObject("function").put("name", call.name()).put("arguments", call.arguments());
                if (call.signature() != null && dialect.thoughtSignatures()) {
                    signature(object, call.signature());
                }
            }
        }
        return calls;
    }

    /** Puts a thought signature where Google's own endpoint of OpenAI's format has it. */
    public static void signature(ObjectNode toolCall, String signature) {
        toolCall.putObject(EXTRA_CONTENT).putObject("google").put("thought_signature", signature);
    }

    /** Finds it there; null where there is none. */
    public static @Nullable String signature(ObjectNode toolCall) {
        return toolCall.path(EXTRA_CONTENT)
                .path("google")
                .path("thought_signature")
                .stringValue(null);
    }

    /** All thoughts as text; and as blocks when a provider signed or encrypted some, since they must go back whole. */
    private static void thinking(List<Part> parts, ObjectNode into, boolean withBlocks) {
        var text = new StringBuilder();
        var blocks = Json.array();
        boolean signed = false;
        for (var part : parts) {
            if (part instanceof Part.Thinking thinking) {
                text.append(thinking.text());
                blocks.add(thinkingBlock(thinking.text(), thinking.signature()));
                signed |= thinking.signature() != null;
            } else if (part instanceof Part.RedactedThinking redacted) {
                blocks.add(redactedBlock(redacted.data()));
                signed = true;
            }
        }
        if (!text.isEmpty()) {
            into.put("reasoning_content", text.toString());
        }
        if (signed && withBlocks) {
            into.set("thinking_blocks", blocks);
        }
    }

    /** An element of {@code thinking_blocks}. */
    public static ObjectNode thinkingBlock(String text, @Nullable String signature) {
        var block = Json.object().put("type", "thinking").put("thinking", text);
        return signature == null ? block : block.put("signature", signature);
    }

    /** An element of {@code thinking_blocks} that only its provider can read. */
    public static ObjectNode redactedBlock(String data) {
        return Json.object().put("type", "redacted_thinking").put("data", data);
    }
}
