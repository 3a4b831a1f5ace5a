package com.aistrale.server.pricing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A price file cannot be used. The message names the file and every mistake with its line and what was expected. */
public final class PriceFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private PriceFileException(String message) {
        super(message);
    }

    private PriceFileException(String message, IOException cause) {
        super(message, cause);
    }

    static PriceFileException of(String file, List<String> mistakes) {
        var count = mistakes.size() == 1 ? "1 mistake" : mistakes.size() + " mistakes";
        return new PriceFileException(
                "The price file " + file + " has " + count + ":\n  " + String.join("\n  ", mistakes));
    }

    static PriceFileException unreadable(Path path, IOException cause) {
        return new PriceFileException(
                "The price file " + path + " cannot be read (" + cause
                        + "). Correct its path or its permissions, or leave the setting out.",
                cause);
    }
}
