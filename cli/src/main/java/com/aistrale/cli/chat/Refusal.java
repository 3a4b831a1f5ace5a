package com.aistrale.cli.chat;

/** What was asked for cannot be done: why, and what to do next. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final String advice;

    /** Says why, and what to do next. */
    public Refusal(String what, String advice) {
        super(what);
        this.advice = advice;
    }

    /** What happened. */
    public String what() {
        return String.valueOf(getMessage());
    }

    /** What to do next; may be empty. */
    public String advice() {
        return advice;
    }
}
