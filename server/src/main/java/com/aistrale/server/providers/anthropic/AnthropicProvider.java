package com.aistrale.server.providers.anthropic;

import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.ChunkSink;
import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.Provider;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.kit.http.ServerSentEvents;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Speaks Anthropic's Messages API. */
public final class AnthropicProvider implements Provider {
    private static final Map<String, String> HEADERS = Map.of("anthropic-version", "2023-06-01");

    private final Upstream upstream;

    public AnthropicProvider(Upstream upstream) {
        this.upstream = upstream;
    }

    @Override
    public Completion complete(ProviderCall call) {
        return upstream.post(
                call,
                path(call),
                HEADERS,
                body(call, false),
                AnthropicErrors::message,
                response -> AnthropicAnswer.decode(response.bytes()));
    }

    @Override
    public void stream(ProviderCall call, ChunkSink sink) {
        upstream.<@Nullable Void>post(
                call, path(call), HEADERS, body(call, true), AnthropicErrors::message, response -> {
                    new AnthropicStream(call, sink).read(new ServerSentEvents(response.stream()));
                    return null;
                });
    }

    @Override
    public Integer usualMaximum(String model, ChatRequest request) {
        return AnthropicThinking.usualMaximum(request.reasoningEffort(), AnthropicModels.of(model));
    }

    /** Base URLs are written with and without the version. */
    private static String path(ProviderCall call) {
        return call.endpoint().baseUrl().endsWith("/v1") ? "/messages" : "/v1/messages";
    }

    private static byte[] body(ProviderCall call, boolean stream) {
        return Json.bytes(AnthropicRequest.encode(call.model(), call.request(), stream));
    }
}
