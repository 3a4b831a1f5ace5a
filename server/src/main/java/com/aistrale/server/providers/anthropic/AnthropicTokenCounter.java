package com.aistrale.server.providers.anthropic;

import com.aistrale.server.inference.AsSent;
import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.TokenCounter;
import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.kit.http.Outbound;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import com.aistrale.server.tokens.Endpoint;
import java.time.Duration;
import java.util.List;

/** {@code POST /v1/messages/count_tokens}. */
public final class AnthropicTokenCounter implements TokenCounter {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Upstream upstream;

    public AnthropicTokenCounter(Upstream upstream) {
        this.upstream = upstream;
    }

    @Override
    public byte[] count(Endpoint endpoint, String model, AsSent.Anthropic request) {
        var call = new ProviderCall(endpoint, model, ChatRequest.of(List.of()), PATIENCE, new Cancellation());
        return upstream.post(
                call,
                AnthropicProvider.path(endpoint, "/messages/count_tokens"),
                AnthropicProvider.headers(request),
                Json.bytes(AnthropicRequest.asSent(model, request.body())),
                AnthropicErrors::message,
                Outbound.Response::bytes);
    }
}
