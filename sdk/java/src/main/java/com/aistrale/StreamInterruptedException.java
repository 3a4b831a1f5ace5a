package com.aistrale;

import org.jspecify.annotations.Nullable;

/** A stream ended without its {@code completed} event, so the answer is not whole. What arrived is kept. */
public class StreamInterruptedException extends AistraleException {
    private static final long serialVersionUID = 1;
    private final String text;

    StreamInterruptedException(String message, String text, @Nullable Throwable cause) {
        super(message, cause);
        this.text = text;
    }

    /**
     * The text that arrived before the stream broke off.
     *
     * @return never null; empty where none arrived
     */
    public String text() {
        return text;
    }
}
