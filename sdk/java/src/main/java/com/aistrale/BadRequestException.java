package com.aistrale;

/** The request is not valid (400, 405, 406, 413, 415): {@link Problem#errors} names the fields. */
public class BadRequestException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    BadRequestException(Failure failure) {
        super(failure);
    }
}
