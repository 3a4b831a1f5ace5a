package com.aistrale.server.wire.openai;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.MessageWriter;
import com.aistrale.server.inference.OpenAiUsage;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns the chunks of upstreams that speak another format into the data of {@code chat.completion.chunk} events. One per
 * stream, one thread.
 *
 * <p>Thoughts come as {@code reasoning_content} pieces. A thinking block that was signed comes once more when it ends,
 * whole, as an element of {@code thinking_blocks}: a client that gathers those has what it must send back.
 */
final class ChatCompletionsStream {
    private final String head;
    private final String tail;
    private final boolean includeUsage;
    private final StringBuilder block = new StringBuilder();
    private boolean begun;
    private @Nullable Usage usage;

    /** As {@link ChatCompletionsAnswer#body}. */
    ChatCompletionsStream(String id, String model, long created, boolean includeUsage) {
        var whole = Json.text(Json.object()
                .put("id", id)
                .put("object", "chat.completion.chunk")
                .put("created", created)
                .put("model", model));
        this.head = whole.substring(0, whole.length() - 1);
        this.tail = includeUsage ? ",\"usage\":null}" : "}";
        this.includeUsage = includeUsage;
    }

    /** Notes the usage of a chunk that the client gets as it came. */
    void observe(Chunk chunk) {
        if (chunk.usage() != null) {
            usage = chunk.usage();
        }
    }

    /** The data of the events that say what {@code chunk} says; possibly none. */
    List<String> data(Chunk chunk) {
        var data = new ArrayList<String>(chunk.deltas().size() + 1);
        observe(chunk);
        if (!begun) {
            begun = true;
            data.add(event(Json.object().put("role", "assistant").put("content", ""), null));
        }
        for (var delta : chunk.deltas()) {
            data.add(event(json(delta), null));
        }
        if (chunk.finishReason() != null) {
            data.add(event(Json.object(), chunk.finishReason()));
        }
        return data;
    }

    /** The data of the last event before {@code [DONE]}: the usage, when the client asked for it; else null. */
    @Nullable
    String usage() {
        if (!includeUsage) {
            return null;
        }
        var written = OpenAiUsage.write(usage);
        return head + ",\"choices\":[],\"usage\":" + (written == null ? "null" : Json.text(written)) + "}";
    }

    private String event(ObjectNode delta, @Nullable String finishReason) {
        var finish = finishReason == null ? "null" : Json.text(delta.stringNode(finishReason));
        return head + ",\"choices\":[{\"index\":0,\"delta\":" + Json.text(delta)
                + ",\"logprobs\":null,\"finish_reason\":" + finish + "}]" + tail;
    }

    private ObjectNode json(Delta delta) {
        var object = Json.object();
        switch (delta) {
            case Delta.Text text -> object.put("content", text.text());
            case Delta.Thinking thinking -> {
                block.append(thinking.text());
                object.put("reasoning_content", thinking.text());
            }
            case Delta.ThinkingSignature signed -> {
                object.putArray("thinking_blocks")
                        .add(MessageWriter.thinkingBlock(block.toString(), signed.signature()));
                block.setLength(0);
            }
            case Delta.RedactedThinking redacted ->
                object.putArray("thinking_blocks").add(MessageWriter.redactedBlock(redacted.data()));
            case Delta.ToolCall call -> object.putArray("tool_calls").add(piece(call));
        }
        return object;
    }

    private static ObjectNode piece(Delta.ToolCall call) {
        var object = Json.object().put("index", call.index());
        if (call.id() != null) {
            object.put("id", call.id()).put("type", "function");
        }
        var function = object.putObject("function");
        if (call.name() != null) {
            function.put("name", call.name());
        }
        function.put("arguments", call.arguments());
        if (call.signature() != null) {
            MessageWriter.signature(object, call.signature());
        }
        return object;
    }

    /** Whether a chunk that came in OpenAI's format is the one that only {@code include_usage} brings. */
    static boolean isUsageOnly(Chunk chunk) {
        if (chunk.openAi() == null
                || chunk.usage() == null
                || chunk.finishReason() != null
                || !chunk.deltas().isEmpty()) {
            return false;
        }
        var choices = Json.parse(chunk.openAi()).get("choices");
        return choices == null || choices.isEmpty();
    }
}
