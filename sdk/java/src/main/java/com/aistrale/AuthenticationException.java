package com.aistrale;

/** The API key is missing, unknown or revoked (401). */
public class AuthenticationException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    AuthenticationException(Failure failure) {
        super(failure);
    }
}
