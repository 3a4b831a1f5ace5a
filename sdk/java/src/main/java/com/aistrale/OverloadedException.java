package com.aistrale;

/** The server sheds load, is stopping, or cannot make its records durable (503): try again later. */
public class OverloadedException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    OverloadedException(Failure failure) {
        super(failure);
    }
}
