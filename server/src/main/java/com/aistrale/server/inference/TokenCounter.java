package com.aistrale.server.inference;

import com.aistrale.server.tokens.Endpoint;

/** The port to a provider that counts a request's tokens before they are paid for. Thread-safe; blocks the calling thread. */
@FunctionalInterface
public interface TokenCounter {
    /**
     * The provider's answer, as it came.
     *
     * @param model the provider's own id of it
     * @throws ProviderFailure when it does not count
     */
    byte[] count(Endpoint endpoint, String model, AsSent.Anthropic request);
}
