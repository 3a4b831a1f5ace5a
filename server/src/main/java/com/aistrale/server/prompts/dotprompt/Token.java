package com.aistrale.server.prompts.dotprompt;

/** A piece of a body, after its white space was seen to. */
sealed interface Token {
    /** Text that stands for itself. */
    record Text(String text) implements Token {}

    /** {@code {{name}}}. @param source as our templates write it, with the spaces inside */
    record Variable(String name, String source) implements Token {}

    /** {@code {{role "system"}}}: from here on another one speaks. */
    record Role(String role) implements Token {}
}
