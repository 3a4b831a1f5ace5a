package com.aistrale;

/** The request contradicts the present state (409, 412). */
public class ConflictException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    ConflictException(Failure failure) {
        super(failure);
    }
}
