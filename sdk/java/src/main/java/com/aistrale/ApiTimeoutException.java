package com.aistrale;

import org.jspecify.annotations.Nullable;

/** The time given to the call ran out, or the server was silent for too long. The server may still be at work on it. */
public class ApiTimeoutException extends ApiConnectionException {
    private static final long serialVersionUID = 1;

    ApiTimeoutException(String message, boolean sent, @Nullable Throwable cause) {
        super(message, sent, cause);
    }
}
