package com.aistrale;

/** The server ended while the inference ran: what the provider did is not known. */
public class InterruptedInferenceException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    InterruptedInferenceException(Failure failure) {
        super(failure);
    }
}
