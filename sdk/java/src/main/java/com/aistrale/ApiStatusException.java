package com.aistrale;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The server answered with an error. The subclass follows from the problem's {@code code}, and from the status where the code is not
 * known to this version. Thrown itself for a status that has no class of its own, and where what came as a success is no answer of
 * AISTRALE's.
 */
public class ApiStatusException extends ApiException {
    private static final long serialVersionUID = 1;
    private final transient Failure failure;

    ApiStatusException(Failure failure) {
        super(failure.message(), null);
        this.failure = failure;
    }

    ApiStatusException(Failure failure, String why, Throwable cause) {
        super(why, cause);
        this.failure = failure;
    }

    /**
     * The HTTP status.
     *
     * @return 200 to 599; for an error that ended a stream the one that its problem carries
     */
    public int status() {
        return failure.status();
    }

    /**
     * The stable name of what went wrong, such as {@code no_provider}.
     *
     * @return null where the answer was not AISTRALE's, such as a proxy's HTML page
     */
    public @Nullable String code() {
        var problem = failure.problem();
        return problem == null ? null : problem.code();
    }

    /**
     * The id by which the server's log knows the request.
     *
     * @return null where the answer named none
     */
    public @Nullable String requestId() {
        return failure.requestId();
    }

    /**
     * The answer's body as it came.
     *
     * @return at most its first 64 Ki characters; empty where there was none
     */
    public String body() {
        return failure.body();
    }

    /**
     * The answer's body as a problem (RFC 9457).
     *
     * @return null where the body is none
     */
    public @Nullable Problem problem() {
        return failure.problem();
    }

    /**
     * How long the server asks to wait before the next try.
     *
     * @return null where it did not say
     */
    public @Nullable Duration retryAfter() {
        return failure.retryAfter();
    }

    /**
     * What the answer said of the API key's own limits.
     *
     * @return null where it said nothing, as for a key without limits
     */
    public @Nullable RateLimits limits() {
        return failure.limits();
    }

    Failure failure() {
        return failure;
    }
}
