package com.aistrale.server.wire.models;

import com.aistrale.server.kit.http.ErrorFormat;
import com.aistrale.server.kit.problem.Problem;
import io.helidon.http.HeaderName;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Problems in the format of who asks. @param usual that of who does not say */
public record ModelsErrorFormat(ErrorFormat usual, ErrorFormat anthropics) implements ErrorFormat {
    @Override
    public ErrorFormat spokenBy(Function<HeaderName, @Nullable String> headers) {
        return headers.apply(ModelsRoutes.ANTHROPIC_VERSION) == null ? usual : anthropics;
    }

    @Override
    public Optional<HeaderName> requestIdHeader() {
        return anthropics.requestIdHeader();
    }

    @Override
    public String contentType() {
        return usual.contentType();
    }

    @Override
    public byte[] render(Problem problem, String requestId) {
        return usual.render(problem, requestId);
    }
}
