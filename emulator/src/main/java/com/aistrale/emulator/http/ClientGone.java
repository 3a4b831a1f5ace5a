package com.aistrale.emulator.http;

/** The client closed the connection before its answer's end. */
public final class ClientGone extends RuntimeException {
    private static final long serialVersionUID = 1;

    ClientGone() {
        super("the client closed the connection before the answer's end");
    }
}
