package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Problem;
import io.helidon.http.HeaderName;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How problems look on a part of the paths. */
public interface ErrorFormat {
    String contentType();

    /** Where clients of this format look for the request's id, beside {@code x-request-id}; on every answer. */
    default Optional<HeaderName> requestIdHeader() {
        return Optional.empty();
    }

    /** That of a request, where a path speaks several. @param headers a header's value by its name, or null */
    default ErrorFormat spokenBy(Function<HeaderName, @Nullable String> headers) {
        return this;
    }

    byte[] render(Problem problem, String requestId);
}
