package com.aistrale.server.tokens;

import com.aistrale.server.kit.crypto.Secret;
import org.jspecify.annotations.Nullable;

/**
 * Where a provider is reached, and with what.
 *
 * @param spec what is known of the provider
 * @param baseUrl without a slash at the end; what the operator configured, else the spec's
 * @param credential null for providers that need none (a local Ollama, demo)
 * @param tokenId of the stored token that the credential is; null when it is the environment's, or none
 */
public record Endpoint(
        ProviderSpec spec,
        String baseUrl,
        @Nullable Secret credential,
        @Nullable String tokenId) {
    /** With a credential that is not stored. */
    public Endpoint(ProviderSpec spec, String baseUrl, @Nullable Secret credential) {
        this(spec, baseUrl, credential, null);
    }

    public String provider() {
        return spec.name();
    }
}
