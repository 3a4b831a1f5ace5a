package com.aistrale.server.wire.anthropic;

import com.aistrale.server.kit.http.ErrorFormat;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.util.Optional;

/** Problems in Anthropic's shape, so that its official clients raise their own typed exceptions. */
public final class AnthropicErrorFormat implements ErrorFormat {
    private static final Optional<HeaderName> REQUEST_ID = Optional.of(HeaderNames.create("request-id"));

    @Override
    public Optional<HeaderName> requestIdHeader() {
        return REQUEST_ID;
    }

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public byte[] render(Problem problem, String requestId) {
        return Json.bytes(MessagesError.body(problem, requestId));
    }
}
