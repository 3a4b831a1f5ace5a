package com.aistrale;

import org.jspecify.annotations.Nullable;

/** A setting is wrong: the message names the file and line, or the setting, and what was expected. It never shows an API key. */
public class ConfigurationException extends AistraleException {
    private static final long serialVersionUID = 1;
    private final @Nullable Integer line;

    ConfigurationException(String message, @Nullable Integer line) {
        super(message, null);
        this.line = line;
    }

    /**
     * Where in the config file the mistake is.
     *
     * @return the line, counted from 1; null where the mistake is not in the file
     */
    public @Nullable Integer line() {
        return line;
    }
}
