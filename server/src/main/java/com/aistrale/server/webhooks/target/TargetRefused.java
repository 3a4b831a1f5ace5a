package com.aistrale.server.webhooks.target;

/** A URL to which no webhook may go; the message is one sentence for who wrote it. */
public final class TargetRefused extends Exception {
    private static final long serialVersionUID = 1L;

    TargetRefused(String message) {
        super(message);
    }
}
