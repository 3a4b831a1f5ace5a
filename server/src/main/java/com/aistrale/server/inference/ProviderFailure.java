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

    /** What may help. */
    enum Next {
        /** The same after a while. */
        AGAIN,
        /** The same with another token of the provider. */
        OTHER_TOKEN,
        OTHER_TOKEN_OR_AGAIN,
        OTHER_MODEL,
        NOTHING
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

    /** What the provider answered; null without an answer. */
    @Nullable
    Integer upstreamStatus() {
        return upstreamStatus;
    }

    /** How long the provider asks to wait, or null. */
    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    /** What is to be done about it, as long as the client has nothing of an answer. */
    Next next() {
        return switch (kind) {
            case REJECTED -> isOfTheModel() ? Next.OTHER_MODEL : Next.NOTHING;
            case AUTHENTICATION -> Next.OTHER_TOKEN;
            case RATE_LIMITED -> Next.OTHER_TOKEN_OR_AGAIN;
            case FAILED -> upstreamStatus == null || upstreamStatus >= 500 ? Next.AGAIN : Next.OTHER_MODEL;
            case UNREACHABLE -> Next.AGAIN;
            case TIMEOUT -> Next.OTHER_MODEL;
            case CANCELLED -> Next.NOTHING;
        };
    }

    /** There is no such model, or nobody pays for it: another one may well answer the same request. */
    private boolean isOfTheModel() {
        return upstreamStatus != null && (upstreamStatus == 404 || upstreamStatus == 402);
    }

    /** Whether the credential is worth nothing, and not just forbidden to do this. */
    boolean blamesToken() {
        return kind == Kind.AUTHENTICATION && (upstreamStatus == null || upstreamStatus != 403);
    }

    public Problem problem() {
        return new Problem(
                kind.code, String.valueOf(getMessage()), List.of(), provider, upstreamStatus, retryAfter, false);
    }
}
