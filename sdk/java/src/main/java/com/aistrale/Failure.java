package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is an error, and the exception that it becomes.
 *
 * @param url what was asked, without the credential
 * @param keyed whether an API key was sent
 * @param retryAfter what the headers or the problem ask for, null for nothing
 * @param limits what the headers say of the API key's own limits, null for nothing
 * @param shouldRetry the server's own verdict ({@code x-should-retry}), null where it gave none
 */
record Failure(
        String url,
        boolean keyed,
        int status,
        String body,
        @Nullable Problem problem,
        @Nullable String requestId,
        @Nullable Duration retryAfter,
        @Nullable RateLimits limits,
        @Nullable Boolean shouldRetry) {
    private static final int KEPT = 64 * 1024;
    private static final int SHOWN = 200;

    Failure {
        body = body.length() > KEPT ? body.substring(0, KEPT) : body;
    }

    /** Null where the text is no problem object. */
    static @Nullable Problem problem(String body) {
        try {
            return Problem.read(new Fields("problem", Json.parseObject(body)));
        } catch (Json.MalformedJson | Fields.Mismatch | ArithmeticException e) {
            return null;
        }
    }

    ApiStatusException exception() {
        var code = problem == null || problem.code() == null ? "" : problem.code();
        return switch (code) {
            case "invalid_request",
                    "payload_too_large",
                    "method_not_allowed",
                    "not_acceptable",
                    "unsupported_media_type" -> new BadRequestException(this);
            case "authentication_failed" -> new AuthenticationException(this);
            case "permission_denied" -> new PermissionDeniedException(this);
            case "not_found" -> new NotFoundException(this);
            case "conflict", "idempotency_mismatch", "precondition_failed" -> new ConflictException(this);
            case "budget_exceeded" -> new BudgetExceededException(this);
            case "rate_limited", "provider_rate_limited" -> new RateLimitException(this);
            case "no_provider" -> new NoProviderException(this);
            case "provider_rejected", "provider_authentication_failed", "provider_failed", "provider_unavailable" ->
                new ProviderException(this);
            case "provider_timeout" -> new ProviderTimeoutException(this);
            case "overloaded", "database_unavailable" -> new OverloadedException(this);
            case "cancelled" -> new CancelledException(this);
            case "interrupted" -> new InterruptedInferenceException(this);
            case "internal" -> new InternalServerException(this);
            default -> byStatus();
        };
    }

    /** For a code that this version does not know, and for answers that are not AISTRALE's. */
    private ApiStatusException byStatus() {
        return switch (status) {
            case 400, 405, 406, 413, 415 -> new BadRequestException(this);
            case 401 -> new AuthenticationException(this);
            case 402 -> new BudgetExceededException(this);
            case 403 -> new PermissionDeniedException(this);
            case 404 -> new NotFoundException(this);
            case 409, 412 -> new ConflictException(this);
            case 422 -> new NoProviderException(this);
            case 429 -> new RateLimitException(this);
            case 500 -> new InternalServerException(this);
            case 502 -> new ProviderException(this);
            case 503 -> new OverloadedException(this);
            case 504 -> new ProviderTimeoutException(this);
            default -> new ApiStatusException(this);
        };
    }

    String message() {
        var what = what();
        var text = new StringBuilder(what);
        if (problem != null) {
            for (var error : problem.errors()) {
                var mistake = error.pointer() + ": " + error.detail();
                if (!what.contains(mistake)) { // the server's detail has the first one already
                    text.append("; ").append(mistake);
                }
            }
        }
        if (status == 401 && !keyed) {
            text.append(
                    "; \"aistrale serve\" makes the first key and writes it into your profile, else set AISTRALE_API_KEY");
        }
        text.append(" (").append(status);
        if (problem != null && problem.code() != null) {
            text.append(' ').append(problem.code());
        }
        if (requestId != null) {
            text.append(", request ").append(requestId);
        }
        return text.append(')').toString();
    }

    private String what() {
        if (problem != null && problem.detail() != null) {
            return problem.detail();
        }
        if (problem != null && problem.title() != null) {
            return problem.title();
        }
        if (status == 401) {
            return url
                    + " refuses the API key: give the right one (api_key, AISTRALE_API_KEY or the profile in the config file)";
        }
        if (status >= 300 && status < 400) {
            return url
                    + " redirects, and a credential is not sent after a redirect: set api_url to where the server really is";
        }
        var start = body.strip().replaceAll("\\s+", " ");
        var shown = start.length() > SHOWN ? start.substring(0, SHOWN) + "…" : start;
        return url + " answered " + status + " and not as AISTRALE does: is a proxy in between?"
                + (shown.isEmpty() ? "" : " It began: " + shown);
    }
}
