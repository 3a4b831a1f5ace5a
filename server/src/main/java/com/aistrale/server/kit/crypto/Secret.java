package com.aistrale.server.kit.crypto;

/** A value that does not print itself. {@link #reveal()} is the one way to it, easy to find in a review. */
public final class Secret {
    private final String value;

    public Secret(String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("a secret is empty");
        }
        this.value = value;
    }

    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "•••";
    }
}
