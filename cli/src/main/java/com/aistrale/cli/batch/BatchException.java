package com.aistrale.cli.batch;

/** A batch cannot begin, or go on: what happened, and what to do next. */
public final class BatchException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final Why why;
    private final String advice;

    /** What kind of thing it is that went wrong. */
    public enum Why {
        /** The file or the options are not right. */
        USAGE,
        /** The files' state is another than this batch can go on with. */
        STATE,
        /** Files cannot be read or written. */
        FILES,
        /** Nobody reads standard output any more. */
        BROKEN_PIPE,
        /** No access. */
        ACCESS,
        /** Enough is spent. */
        MONEY,
        /** The server or the provider could not, line after line. */
        PROVIDER,
        /** The server is not there. */
        CONNECTION
    }

    BatchException(Why why, String what, String advice) {
        super(what);
        this.why = why;
        this.advice = advice;
    }

    /** The kind of it. */
    public Why why() {
        return why;
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
