package com.aistrale.server.inference;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An attempt that a provider let fail. The message is for the caller: it keeps the provider's words, and no secret. */
public final class ProviderFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of failure; each is one code of the catalogue. */
    public enum Kind {
        /** A 4xx that blames the request. */
        REJECTED(ProblemCode.PROVIDER_REJECTED),
        /** 401 or 403: the credential. */
        AUTHENTICATION(ProblemCode.PROVIDER_AUTHENTICATION_FAILED),
        RATE_LIMITED(ProblemCode.PROVIDER_RATE_LIMITED),
        /** A 5xx, an unreadable answer, a stream broken off. */
        FAILED(ProblemCode.PROVIDER_FAILED),
        /** No connection: nothing was sent. */
        UNREACHABLE(ProblemCode.PROVIDER_UNAVAILABLE),
        TIMEOUT(ProblemCode.PROVIDER_TIMEOUT),
        CANCELLED(ProblemCode.CANCELLED);

        private final ProblemCode code;

        Kind(ProblemCode code) {
            this.code = code;
        }
    }

    private final Kind kind;
    private final String provider;
    private final @Nullable Integer upstreamStatus;
    private final @Nullable Duration retryAfter;

    public ProviderFailure(
            Kind kind,
            String provider,
            String message,
            @Nullable Integer upstreamStatus,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(message, cause, false, cause != null);
        this.kind = kind;
        this.provider = provider;
        this.upstreamStatus = upstreamStatus;
        this.retryAfter = retryAfter;
    }

    public Kind kind() {
        return kind;
    }

    public Problem problem() {
        return new Problem(
                kind.code, String.valueOf(getMessage()), List.of(), provider, upstreamStatus, retryAfter, false);
    }
}
