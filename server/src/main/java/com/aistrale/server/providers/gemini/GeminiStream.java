package com.aistrale.server.providers.gemini;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.ChunkSink;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.kit.http.ServerSentEvents;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads one stream of {@code streamGenerateContent}: it ends with the body, honestly only after a finish reason. */
final class GeminiStream {
    private final GeminiAnswer answer;
    private final ChunkSink sink;
    private int toolCalls;

    GeminiStream(ProviderCall call, ChunkSink sink) {
        this.answer = new GeminiAnswer(call);
        this.sink = sink;
    }

    /** @throws IOException when the stream ends before its end, or says what is not of the format */
    void read(ServerSentEvents events) throws IOException {
        for (var event = events.next(); event != null; event = events.next()) {
            boolean before = answer.finishReason() != null;
            var response = parsed(event.data());
            var deltas = deltas(answer.parts(response));
            sink.accept(new Chunk(
                    deltas,
                    before ? null : answer.finishReason(),
                    GeminiAnswer.usage(response),
                    GeminiAnswer.model(response),
                    null));
        }
        if (answer.finishReason() == null) {
            throw new IOException("the stream ended before any finishReason");
        }
    }

    private static JsonNode parsed(String data) throws IOException {
        try {
            return Json.parse(data);
        } catch (JacksonException broken) {
            throw new IOException("an event of the stream is not valid JSON", broken);
        }
    }

    private List<Delta> deltas(List<Part> parts) {
        var deltas = new ArrayList<Delta>(parts.size());
        for (var part : parts) {
            switch (part) {
                case Part.Text text -> deltas.add(new Delta.Text(text.text()));
                case Part.Thinking thinking -> deltas.add(new Delta.Thinking(thinking.text()));
                case Part.ToolCall call ->
                    deltas.add(new Delta.ToolCall(
                            toolCalls++, call.id(), call.name(), call.arguments(), call.signature()));
                case Part.Image _, Part.ToolResult _, Part.RedactedThinking _, Part.Other _ ->
                    throw new IllegalStateException("not a part of Gemini's answers: " + part);
            }
        }
        return deltas;
    }
}
