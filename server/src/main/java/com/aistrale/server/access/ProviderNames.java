package com.aistrale.server.access;

/** The providers that the server knows, which are another room's. */
public interface ProviderNames {
    boolean isKnown(String name);

    /** {@code "; did you mean …?"} for a name that is none of them, or nothing. */
    String hint(String wrong);
}
