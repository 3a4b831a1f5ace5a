package com.aistrale;

/** The provider did not answer within the deadline (504). */
public class ProviderTimeoutException extends ProviderException {
    private static final long serialVersionUID = 1;

    ProviderTimeoutException(Failure failure) {
        super(failure);
    }
}
