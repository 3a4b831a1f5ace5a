package com.aistrale.server.providers.compatible;

import com.aistrale.server.inference.ChunkSink;
import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.Provider;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.kit.http.Outbound;
import com.aistrale.server.kit.http.ServerSentEvents;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import java.io.IOException;
import java.util.Map;

/**
 * Every upstream that speaks OpenAI's {@code /chat/completions}. What a client sent in that format goes through as it
 * is, but for the model, usage in streams, and the provider's quirks; and so does the answer.
 */
public final class CompatibleProvider implements Provider {
    private static final Map<String, String> JSON =
            Map.of("content-type", "application/json", "accept", "application/json");
    private static final Map<String, String> EVENTS =
            Map.of("content-type", "application/json", "accept", "text/event-stream");

    private final Upstream upstream;

    public CompatibleProvider(Upstream upstream) {
        this.upstream = upstream;
    }

    @Override
    public Completion complete(ProviderCall call) {
        var body = Json.bytes(CompatibleRequest.body(call, false));
        return upstream.post(
                call,
                "/chat/completions",
                JSON,
                body,
                CompatibleErrors::message,
                response -> CompatibleAnswer.read(call, response.bytes()));
    }

    @Override
    public void stream(ProviderCall call, ChunkSink sink) {
        var body = Json.bytes(CompatibleRequest.body(call, true));
        upstream.post(call, "/chat/completions", EVENTS, body, CompatibleErrors::message, response -> {
            read(call, response, sink);
            return true;
        });
    }

    /** Until {@code [DONE]}; a stream that says why the model stopped and then just ends has ended honestly too. */
    private static void read(ProviderCall call, Outbound.Response response, ChunkSink sink) throws IOException {
        var type = response.header("content-type");
        if (type != null && type.startsWith("application/json")) {
            throw CompatibleAnswer.notAStream(call, response.bytes());
        }
        var stream = new CompatibleStream(call);
        var events = new ServerSentEvents(response.stream());
        for (var event = events.next(); event != null; event = events.next()) {
            var data = event.data();
            if (data.startsWith("[DONE]")) {
                break;
            }
            if (!data.isBlank()) {
                sink.accept(stream.chunk(data));
            }
        }
        stream.end();
    }
}
