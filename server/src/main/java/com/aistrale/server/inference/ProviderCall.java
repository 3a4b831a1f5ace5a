package com.aistrale.server.inference;

import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.tokens.Endpoint;
import java.time.Duration;

/**
 * One attempt at one provider.
 *
 * @param endpoint where, and with which credential
 * @param model the provider's own model id
 * @param timeout the attempt's deadline, from now to the last byte
 */
public record ProviderCall(
        Endpoint endpoint, String model, ChatRequest request, Duration timeout, Cancellation cancellation) {}
