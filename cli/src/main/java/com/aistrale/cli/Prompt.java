package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.cli.Io.Stdin;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Puts the prompt together, from the arguments and standard input. */
record Prompt(Io io) {
    private static final long PATIENCE_SECONDS = 3;

    String of(String... words) {
        var dash = words.length == 1 && words[0].equals("-");
        var argument = dash ? "" : String.join(" ", words);
        var prompt = argument.isBlank() ? input(dash) : withInput(argument);
        if (prompt.isBlank()) {
            throw new CliException("The prompt is empty.", "Give one: aistrale run \"Hello, world!\"", Exit.USAGE);
        }
        return prompt;
    }

    private String input(boolean asked) {
        if (io.stdin() == Stdin.TERMINAL && !asked) {
            throw new CliException(
                    "There is no prompt.", "Give one: aistrale run \"Hello, world!\", or pipe one in.", Exit.USAGE);
        }
        return read();
    }

    /** Only what a pipe or a file brings is input: other things may stay open and empty for ever, and nobody meant them. */
    private String withInput(String argument) {
        return switch (io.stdin()) {
            case TERMINAL, OTHER -> argument;
            case PIPE, FILE -> {
                var input = readWithNotice();
                yield input.isBlank() ? argument : argument + "\n\n" + input;
            }
        };
    }

    /** A pipe that brings nothing for a while may be one that nobody knows of: then say what is waited for. */
    private String readWithNotice() {
        var done = new CompletableFuture<Boolean>();
        var notice = new Thread(() -> {
            if (!done.completeOnTimeout(false, PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .join()) {
                io.note("Waiting for the rest of the prompt on standard input (give </dev/null if there is none).");
            }
        });
        notice.setDaemon(true);
        notice.start();
        try {
            return read();
        } finally {
            done.complete(true);
        }
    }

    private String read() {
        try {
            return new String(io.in().readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new CliException(
                    "Standard input cannot be read: " + e.getMessage(), "Give the prompt as an argument.", Exit.USAGE);
        }
    }
}
