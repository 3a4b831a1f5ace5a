package com.aistrale.server.kit.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Collection;
import java.util.Set;

/** Cross-origin requests (the Fetch standard): none, unless the settings list the origin, letter by letter. */
public final class Cors {
    private final Set<String> origins;

    public Cors(Collection<String> origins) {
        this.origins = Set.copyOf(origins);
    }

    /** Marks the answer as readable for a listed origin. @return true when it was a preflight and is answered */
    boolean answersPreflight(ServerRequest request, ServerResponse response) {
        if (origins.isEmpty() || !request.headers().contains(HeaderNames.ORIGIN)) {
            return false;
        }
        var origin = request.headers().get(HeaderNames.ORIGIN).get();
        if (!origins.contains(origin)) {
            return false;
        }
        var headers = response.headers();
        headers.set(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.set(HeaderNames.VARY, "Origin");
        headers.set(
                HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS,
                "etag, x-request-id, x-aistrale-inference-id, x-aistrale-provider, x-aistrale-cost-usd, retry-after,"
                        + " retry-after-ms, x-should-retry, x-ratelimit-limit-requests, x-ratelimit-remaining-requests,"
                        + " x-ratelimit-reset-requests, x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens,"
                        + " x-ratelimit-reset-tokens");
        if (!request.prologue().method().equals(Method.OPTIONS)
                || !request.headers().contains(HeaderNames.ACCESS_CONTROL_REQUEST_METHOD)) {
            return false;
        }
        headers.set(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE");
        headers.set(
                HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, idempotency-key, if-match, last-event-id, traceparent, x-api-key,"
                        + " x-aistrale-client, x-aistrale-workspace");
        headers.set(HeaderNames.ACCESS_CONTROL_MAX_AGE, "600");
        response.status(Status.NO_CONTENT_204);
        response.send();
        return true;
    }
}
