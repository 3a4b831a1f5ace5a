package com.aistrale.server.kit.problem;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One failure as a client sees it (RFC 9457). The cause, if any, stays in the log.
 *
 * @param code what kind of failure
 * @param detail what happened here and what to do next; holds no secret
 * @param errors the fields at fault, empty unless {@code invalid_request}
 * @param provider the provider concerned, or null
 * @param upstreamStatus the HTTP status the provider answered with, or null
 * @param retryAfter when trying again makes sense, or null
 * @param paid whether a provider has answered, so that trying again may cost a second time
 */
public record Problem(
        ProblemCode code,
        String detail,
        List<FieldError> errors,
        @Nullable String provider,
        @Nullable Integer upstreamStatus,
        @Nullable Duration retryAfter,
        boolean paid) {

    /** A field at fault: a JSON pointer (RFC 6901) into the body, and what is wrong with it. */
    public record FieldError(String pointer, String detail) {}

    public Problem {
        errors = List.copyOf(errors);
    }

    public static Problem of(ProblemCode code, String detail) {
        return new Problem(code, detail, List.of(), null, null, null, false);
    }

    /** A 400 that names one field. */
    public static Problem invalid(String pointer, String detail) {
        return invalid(List.of(new FieldError(pointer, detail)));
    }

    /** A 400 that names every field at fault. */
    public static Problem invalid(List<FieldError> errors) {
        var first = errors.getFirst();
        var where = first.pointer().isEmpty() ? "" : first.pointer() + ": ";
        var more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more, see errors)";
        return new Problem(ProblemCode.INVALID_REQUEST, where + first.detail() + more, errors, null, null, null, false);
    }

    public Problem withRetryAfter(Duration after) {
        return new Problem(code, detail, errors, provider, upstreamStatus, after, paid);
    }

    /** The same after a provider has answered, in other words. */
    public Problem afterPayment(String newDetail) {
        return new Problem(code, newDetail, errors, provider, upstreamStatus, retryAfter, true);
    }

    public ProblemException exception() {
        return new ProblemException(this, null);
    }

    public ProblemException exception(Throwable cause) {
        return new ProblemException(this, cause);
    }
}
