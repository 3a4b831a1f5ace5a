package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.File;
import java.io.IOException;
import java.util.Map;

/**
 * How much the terminal shows at once.
 *
 * @param columns the characters of a line
 * @param rows the lines
 */
record TerminalSize(int columns, int rows) {
    private static final int USUAL_COLUMNS = 80;
    private static final int USUAL_ROWS = 24;
    private static final int LEAST = 40;

    /** What COLUMNS and LINES say goes before what the terminal says. */
    static TerminalSize of(Map<String, String> env) {
        var columns = number(env.getOrDefault("COLUMNS", ""));
        var rows = number(env.getOrDefault("LINES", ""));
        var asked = columns > 0 && rows > 0 ? new TerminalSize(columns, rows) : asked();
        return new TerminalSize(
                Math.max(LEAST, columns > 0 ? columns : asked.columns()), rows > 0 ? rows : asked.rows());
    }

    private static TerminalSize asked() {
        try {
            var stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            var answer = new String(stty.getInputStream().readAllBytes(), US_ASCII)
                    .strip()
                    .split(" ", -1);
            var rows = number(answer[0]);
            var columns = number(answer[answer.length - 1]);
            return new TerminalSize(columns > 0 ? columns : USUAL_COLUMNS, rows > 0 ? rows : USUAL_ROWS);
        } catch (IOException e) {
            return new TerminalSize(USUAL_COLUMNS, USUAL_ROWS); // no stty, or no terminal behind it
        }
    }

    private static int number(String text) {
        return text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
    }
}
