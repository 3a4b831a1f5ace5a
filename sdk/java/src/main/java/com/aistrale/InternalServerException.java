package com.aistrale;

/** A defect of the server (500): the request id finds it in its log. */
public class InternalServerException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    InternalServerException(Failure failure) {
        super(failure);
    }
}
