package com.aistrale.server.inference;

import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.tokens.Endpoint;
import java.time.Duration;
import java.util.function.IntConsumer;

/**
 * One attempt at one provider.
 *
 * @param endpoint where, and with which credential
 * @param model the provider's own model id
 * @param timeout the attempt's deadline, from now to the last byte
 * @param answered told the HTTP status of the provider's answer, as soon as it is known
 */
public record ProviderCall(
        Endpoint endpoint,
        String model,
        ChatRequest request,
        Duration timeout,
        Cancellation cancellation,
        IntConsumer answered) {
    /** Whose status nobody asks for. */
    public ProviderCall(
            Endpoint endpoint, String model, ChatRequest request, Duration timeout, Cancellation cancellation) {
        this(endpoint, model, request, timeout, cancellation, status -> {});
    }
}
