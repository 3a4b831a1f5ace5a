package com.aistrale.cli;

/** A command cannot do what it was asked for: what happened, what to do next, and the exit code. */
final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final String advice;
    private final int exit;

    CliException(String what, String advice, int exit) {
        super(what);
        this.advice = advice;
        this.exit = exit;
    }

    String what() {
        return String.valueOf(getMessage());
    }

    String advice() {
        return advice;
    }

    int exit() {
        return exit;
    }
}
