package com.aistrale;

import org.jspecify.annotations.Nullable;

/** The root of everything that this SDK throws, apart from IllegalArgumentException and NullPointerException for misuse. */
public class AistraleException extends RuntimeException {
    private static final long serialVersionUID = 1;

    AistraleException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
