package com.aistrale.server.inference;

import tools.jackson.databind.JsonNode;

/**
 * A part of a request that {@link ChatRequest} has no place for.
 *
 * @param instead what to do where the provider's format has none either: a clause without a full stop
 */
public record Leftover(JsonNode value, String instead) {
    static final String LEAVE_OUT = "leave it out";

    public Leftover(JsonNode value) {
        this(value, LEAVE_OUT);
    }
}
