package com.aistrale.server.webhooks.target;

/**
 * A target that names a place to which this server does not go, as its name resolves now. The message names no address:
 * who registers webhooks must not learn from it what stands in the server's network.
 */
public final class TargetBlocked extends Exception {
    private static final long serialVersionUID = 1L;

    TargetBlocked(String message) {
        super(message);
    }
}
