package com.aistrale;

/** The inference was cancelled by its caller. */
public class CancelledException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    CancelledException(Failure failure) {
        super(failure);
    }
}
