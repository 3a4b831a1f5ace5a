package com.aistrale.server.kit.problem;

import java.util.Locale;

/** The codes of {@code contract/problems.yaml}, with their HTTP status; a test holds the two together. */
public enum ProblemCode {
    INVALID_REQUEST(400, "The request is not valid"),
    AUTHENTICATION_FAILED(401, "The API key is missing or not valid"),
    PERMISSION_DENIED(403, "This is not allowed"),
    NOT_FOUND(404, "There is no such thing"),
    METHOD_NOT_ALLOWED(405, "This path does not take this method"),
    NOT_ACCEPTABLE(406, "The server cannot answer in the format asked for"),
    CONFLICT(409, "This contradicts the present state"),
    IDEMPOTENCY_MISMATCH(409, "The idempotency key was used with another request"),
    CANCELLED(409, "The inference was cancelled"),
    INTERRUPTED(409, "The inference was interrupted"),
    PRECONDITION_FAILED(412, "The resource has changed meanwhile"),
    PAYLOAD_TOO_LARGE(413, "The request body is too large"),
    UNSUPPORTED_MEDIA_TYPE(415, "The request body is in a format that is not read here"),
    NO_PROVIDER(422, "No provider serves this request"),
    RATE_LIMITED(429, "Too many requests"),
    BUDGET_EXCEEDED(402, "The budget is spent"),
    PROVIDER_REJECTED(400, "The provider refused the request"),
    PROVIDER_AUTHENTICATION_FAILED(502, "The provider refused our credential"),
    PROVIDER_RATE_LIMITED(429, "The provider is limiting requests"),
    PROVIDER_FAILED(502, "The provider failed"),
    PROVIDER_UNAVAILABLE(503, "The provider is unavailable"),
    PROVIDER_TIMEOUT(504, "The provider did not answer in time"),
    OVERLOADED(503, "The server is not taking this request now"),
    DATABASE_UNAVAILABLE(503, "The record cannot be written now"),
    INTERNAL(500, "Something went wrong inside the server");

    private final int status;
    private final String title;
    private final String wireName = name().toLowerCase(Locale.ROOT);

    ProblemCode(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** The HTTP status that answers carry. */
    public int status() {
        return status;
    }

    /** One sentence that is the same for every occurrence. */
    public String title() {
        return title;
    }

    /** The stable {@code code} on the wire, such as {@code invalid_request}. */
    public String wireName() {
        return wireName;
    }
}
