package com.aistrale.server.providers.anthropic;

import com.aistrale.server.inference.AsSent;
import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.ChunkSink;
import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.Provider;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.kit.http.ServerSentEvents;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import com.aistrale.server.tokens.Endpoint;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Speaks Anthropic's Messages API. What a client sent in that format goes through as it is, but for the model; and so
 * does the answer.
 */
public final class AnthropicProvider implements Provider {
    static final String VERSION = "anthropic-version";
    static final String SPOKEN = "2023-06-01";
    private static final Map<String, String> HEADERS = Map.of(VERSION, SPOKEN);

    private final Upstream upstream;

    public AnthropicProvider(Upstream upstream) {
        this.upstream = upstream;
    }

    @Override
    public Completion complete(ProviderCall call) {
        return upstream.post(
                call,
                path(call),
                headers(call.request().anthropic()),
                body(call, false),
                AnthropicErrors::message,
                response -> AnthropicAnswer.decode(call, response.bytes()));
    }

    @Override
    public void stream(ProviderCall call, ChunkSink sink) {
        upstream.<@Nullable Void>post(
                call,
                path(call),
                headers(call.request().anthropic()),
                body(call, true),
                AnthropicErrors::message,
                response -> {
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
        return path(call.endpoint(), "/messages");
    }

    static String path(Endpoint endpoint, String behindVersion) {
        return endpoint.baseUrl().endsWith("/v1") ? behindVersion : "/v1" + behindVersion;
    }

    static Map<String, String> headers(AsSent.@Nullable Anthropic asSent) {
        return asSent == null || asSent.betas() == null
                ? HEADERS
                : Map.of(VERSION, SPOKEN, "anthropic-beta", asSent.betas());
    }

    private static byte[] body(ProviderCall call, boolean stream) {
        return Json.bytes(AnthropicRequest.encode(call.model(), call.request(), stream));
    }
}
