package com.aistrale.server.webhooks.signing;

/** A text that is no webhook secret; the message is one sentence that says why, without the text. */
public final class SecretRefused extends Exception {
    private static final long serialVersionUID = 1L;

    SecretRefused(String message) {
        super(message);
    }
}
