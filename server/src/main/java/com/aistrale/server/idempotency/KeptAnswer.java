package com.aistrale.server.idempotency;

import java.util.Map;

/**
 * An answer as it left, to leave again: status 200, these headers and this body, which of a stream is all its events.
 *
 * @param run how often the request had been run before, see {@link Claim#firstEvent}
 * @param headers those that tell of the inference, and the content type
 */
public record KeptAnswer(String inferenceId, int run, Map<String, String> headers, byte[] body) {
    public KeptAnswer {
        headers = Map.copyOf(headers);
    }
}
