package com.aistrale.server.app;

import java.util.List;

/** The settings say something that cannot be done: every mistake, each with its place. */
final class SettingsException extends Exception {
    private static final long serialVersionUID = 1L;

    SettingsException(List<String> mistakes) {
        super(String.join("\n", mistakes));
    }
}
