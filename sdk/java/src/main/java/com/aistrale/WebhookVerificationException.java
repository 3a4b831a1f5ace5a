package com.aistrale;

import org.jspecify.annotations.Nullable;

/** What came is not what the sender of a webhook signed: do not act on it, and answer 400. The message says what is wrong, and no secret. */
public class WebhookVerificationException extends AistraleException {
    private static final long serialVersionUID = 1;

    WebhookVerificationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
