package com.aistrale.server.inference;

import com.aistrale.server.tokens.Endpoint;

/** Who is asked: a provider within reach, and its own id of the model. */
public record Target(Endpoint endpoint, String model) implements Step {
    @Override
    public String provider() {
        return endpoint.provider();
    }
}
