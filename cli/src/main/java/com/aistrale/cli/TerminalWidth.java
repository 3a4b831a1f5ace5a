package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.File;
import java.io.IOException;
import java.util.Map;

/** How many characters a line of the terminal has. */
final class TerminalWidth {
    private static final int USUAL = 80;
    private static final int LEAST = 40;

    private TerminalWidth() {}

    static int of(Map<String, String> env) {
        var width = number(env.getOrDefault("COLUMNS", ""));
        return Math.max(LEAST, width > 0 ? width : asked());
    }

    private static int asked() {
        try {
            var stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            var answer = new String(stty.getInputStream().readAllBytes(), US_ASCII).strip();
            var width = number(answer.substring(answer.indexOf(' ') + 1));
            return width > 0 ? width : USUAL;
        } catch (IOException e) {
            return USUAL; // no stty, or no terminal behind it
        }
    }

    private static int number(String text) {
        return text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
    }
}
