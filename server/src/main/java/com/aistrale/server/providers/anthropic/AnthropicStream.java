package com.aistrale.server.providers.anthropic;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.ChunkSink;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.kit.http.ServerSentEvents;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads one stream of the Messages API to its {@code message_stop}. */
final class AnthropicStream {
    private final ProviderCall call;
    private final ChunkSink sink;
    private final AnthropicUsage usage = new AnthropicUsage();
    /** The number of each tool call, by the index of its block. */
    private final Map<Integer, Integer> toolCalls = new HashMap<>(4);

    /** Whether the client gets the events as they come. */
    private final boolean quoted;

    private boolean finished;

    /** What the event that is read now says, or null where nobody wants its words. */
    private @Nullable String words;

    AnthropicStream(ProviderCall call, ChunkSink sink) {
        this.call = call;
        this.quoted = call.request().anthropic() != null;
        this.sink = sink;
    }

    /** @throws IOException when the stream ends before its end, or says what is not of the format */
    void read(ServerSentEvents events) throws IOException {
        while (true) {
            var event = events.next();
            if (event == null) {
                throw new IOException("the stream ended before message_stop");
            }
            var data = parsed(event.data());
            words = quoted ? event.data() : null;
            switch (data.path("type").stringValue("")) {
                case "content_block_delta" ->
                    blockDelta(data.path("delta"), data.path("index").intValue(-1));
                case "content_block_start" ->
                    blockStart(data.path("content_block"), data.path("index").intValue(-1));
                case "message_start" -> messageStart(data.path("message"));
                case "message_delta" -> messageDelta(data);
                case "message_stop" -> {
                    if (!finished) {
                        throw new IOException("message_stop came before any stop_reason");
                    }
                    rest();
                    return;
                }
                case "error" -> throw AnthropicErrors.inStream(call, data.path("error"));
                default -> {} // `ping`, `content_block_stop`, and events to come
            }
            rest();
        }
    }

    private static JsonNode parsed(String data) throws IOException {
        try {
            return Json.parse(data);
        } catch (JacksonException broken) {
            throw new IOException("an event of the stream is not valid JSON", broken);
        }
    }

    private void messageStart(JsonNode message) {
        usage.take(message.path("usage"));
        send(List.of(), null, usage.now(), message.path("model").stringValue(null));
    }

    private void messageDelta(JsonNode event) {
        usage.take(event.path("usage"));
        var reason = event.path("delta").path("stop_reason").stringValue(null);
        var said = reason == null || finished ? null : AnthropicAnswer.finishReason(reason);
        finished |= said != null;
        send(List.of(), said, usage.now(), null);
    }

    private void blockStart(JsonNode block, int index) throws IOException {
        switch (block.path("type").stringValue("")) {
            case "text" -> text(block.path("text").stringValue(""));
            case "thinking" -> {
                thinking(block.path("thinking").stringValue(""));
                signature(block.path("signature").stringValue(""));
            }
            case "redacted_thinking" -> emit(new Delta.RedactedThinking(AnthropicAnswer.required(block, "data")));
            case "tool_use" -> {
                int number = toolCalls.size();
                toolCalls.put(index, number);
                var id = AnthropicAnswer.required(block, "id");
                var name = AnthropicAnswer.required(block, "name");
                var input = block.path("input");
                emit(new Delta.ToolCall(number, id, name, input.isEmpty() ? "" : Json.text(input), null));
            }
            default -> {} // tools that Anthropic runs itself, and blocks to come
        }
    }

    private void blockDelta(JsonNode delta, int index) throws IOException {
        switch (delta.path("type").stringValue("")) {
            case "text_delta" -> text(required(delta, "text"));
            case "thinking_delta" -> thinking(required(delta, "thinking"));
            case "signature_delta" -> signature(required(delta, "signature"));
            case "input_json_delta" -> {
                var number = toolCalls.get(index);
                var fragment = required(delta, "partial_json");
                if (number != null && !fragment.isEmpty()) {
                    emit(new Delta.ToolCall(number, null, null, fragment, null));
                }
            }
            default -> {} // `citations_delta`, and deltas to come
        }
    }

    private static String required(JsonNode delta, String field) throws IOException {
        return AnthropicAnswer.required(delta, field);
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            emit(new Delta.Text(text));
        }
    }

    private void thinking(String text) {
        if (!text.isEmpty()) {
            emit(new Delta.Thinking(text));
        }
    }

    private void signature(@Nullable String signature) {
        if (signature != null && !signature.isEmpty()) {
            emit(new Delta.ThinkingSignature(signature));
        }
    }

    private void emit(Delta delta) {
        send(List.of(delta), null, null, null);
    }

    /** An event says several things at times; its words go with the first. */
    private void send(List<Delta> deltas, @Nullable String finishReason, @Nullable Usage used, @Nullable String model) {
        var said = words;
        words = null;
        sink.accept(new Chunk(deltas, finishReason, used, model, null, said));
    }

    /** The words of an event that says nothing in our own terms. */
    private void rest() {
        if (words != null) {
            send(List.of(), null, null, null);
        }
    }
}
