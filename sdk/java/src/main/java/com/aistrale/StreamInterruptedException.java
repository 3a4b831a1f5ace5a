package com.aistrale;

import org.jspecify.annotations.Nullable;

/**
 * A stream ended without its {@code completed} event and could not be gone on with, so the answer is not whole. What arrived is kept. The
 * cause says why it could not.
 */
public class StreamInterruptedException extends AistraleException {
    private static final long serialVersionUID = 1;
    private final String text;
    private final @Nullable String inferenceId;

    StreamInterruptedException(String message, String text, @Nullable String inferenceId, @Nullable Throwable cause) {
        super(message, cause);
        this.text = text;
        this.inferenceId = inferenceId;
    }

    /**
     * The inference whose record says what became of it.
     *
     * @return {@code inf_…}, null where the server had not named it yet
     */
    public @Nullable String inferenceId() {
        return inferenceId;
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
