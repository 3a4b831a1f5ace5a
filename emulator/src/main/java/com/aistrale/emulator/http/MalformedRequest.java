package com.aistrale.emulator.http;

/** What came is not a request that can be read; the connection is answered and closed. */
final class MalformedRequest extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    MalformedRequest(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }
}
