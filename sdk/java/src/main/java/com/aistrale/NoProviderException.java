package com.aistrale;

/** No configured provider serves the model (422): the message names the command that adds one. */
public class NoProviderException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    NoProviderException(Failure failure) {
        super(failure);
    }
}
