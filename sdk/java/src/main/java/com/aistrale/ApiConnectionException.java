package com.aistrale;

import org.jspecify.annotations.Nullable;

/** No answer came: the server was not reached, or the connection was lost. The message says which URL, and what to do. */
public class ApiConnectionException extends ApiException {
    private static final long serialVersionUID = 1;
    private final boolean sent;

    ApiConnectionException(String message, boolean sent, @Nullable Throwable cause) {
        super(message, cause);
        this.sent = sent;
    }

    /**
     * Whether the server may have seen the request.
     *
     * @return false only where no connection was made, so that nothing can have happened
     */
    public boolean mayHaveBeenSent() {
        return sent;
    }
}
