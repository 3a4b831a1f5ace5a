package com.aistrale.server.inference;

/** One of those whom an inference may come to ask. */
public sealed interface Step permits Target, Unreachable {
    /** The provider's name. */
    String provider();

    /** The provider's own id of the model. */
    String model();
}
