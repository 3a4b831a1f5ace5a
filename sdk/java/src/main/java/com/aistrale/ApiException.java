package com.aistrale;

import org.jspecify.annotations.Nullable;

/** A call of the server's HTTP interface failed. Thrown itself where a successful answer could not be understood. */
public class ApiException extends AistraleException {
    private static final long serialVersionUID = 1;

    ApiException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
