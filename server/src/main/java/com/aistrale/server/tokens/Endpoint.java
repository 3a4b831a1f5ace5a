package com.aistrale.server.tokens;

import com.aistrale.server.kit.crypto.Secret;
import org.jspecify.annotations.Nullable;

/**
 * Where a provider is reached, and with what.
 *
 * @param spec what is known of the provider
 * @param baseUrl without a slash at the end; what the operator configured, else the spec's
 * @param credential null for providers that need none (a local Ollama, demo)
 */
public record Endpoint(
        ProviderSpec spec, String baseUrl, @Nullable Secret credential) {
    public String provider() {
        return spec.name();
    }
}
