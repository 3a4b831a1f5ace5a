package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Problem;
import io.helidon.http.HeaderName;
import java.util.Optional;

/** How problems look on a part of the paths. */
public interface ErrorFormat {
    String contentType();

    /** Where clients of this format look for the request's id, beside {@code x-request-id}; on every answer. */
    default Optional<HeaderName> requestIdHeader() {
        return Optional.empty();
    }

    byte[] render(Problem problem, String requestId);
}
