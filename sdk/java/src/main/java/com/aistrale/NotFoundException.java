package com.aistrale;

/** There is nothing with this id or at this path (404). */
public class NotFoundException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    NotFoundException(Failure failure) {
        super(failure);
    }
}
