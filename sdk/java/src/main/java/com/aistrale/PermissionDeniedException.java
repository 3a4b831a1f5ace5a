package com.aistrale;

/** The API key may not do this (403). */
public class PermissionDeniedException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    PermissionDeniedException(Failure failure) {
        super(failure);
    }
}
