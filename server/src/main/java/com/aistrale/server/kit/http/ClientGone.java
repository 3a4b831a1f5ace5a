package com.aistrale.server.kit.http;

/** Thrown where an answer is written: its client takes nothing any more. */
public final class ClientGone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ClientGone(Throwable cause) {
        super("the client went away", cause, false, false);
    }
}
