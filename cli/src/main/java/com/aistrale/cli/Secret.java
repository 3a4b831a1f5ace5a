package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.cli.Io.Stdin;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads a secret from where it is seen least: an environment variable, the terminal without echo, standard input; or an argument. */
record Secret(Io io) {

    /**
     * The secret, without white space around it.
     *
     * @param what how to ask for it
     * @param option the option or argument that carries it in the open
     * @param argument what that option says, null where it is absent
     * @param variable the environment variable to take it from, null for none
     */
    String read(String what, String option, @Nullable String argument, @Nullable String variable) {
        if (argument != null && variable != null) {
            throw new CliException("Both " + option + " and --from-env are given.", "Give one of them.", Exit.USAGE);
        }
        var secret = raw(what, option, argument, variable).strip();
        if (secret.isEmpty()) {
            throw new CliException(
                    what + ": it is empty, so nothing was stored.", "Give the secret itself.", Exit.USAGE);
        }
        return secret;
    }

    private String raw(String what, String option, @Nullable String argument, @Nullable String variable) {
        if (argument != null) {
            io.warn("Warning: " + option + " is seen in the process list and kept in the shell's history."
                    + " Leave it out to be asked, or use --from-env.");
            return argument;
        }
        if (variable != null) {
            var value = io.env().get(variable);
            if (value == null) {
                throw new CliException(
                        "The environment has no variable " + Io.line(variable) + ".",
                        "Set and export it first.",
                        Exit.USAGE);
            }
            return value;
        }
        return io.stdin() == Stdin.TERMINAL ? asked(what) : piped();
    }

    private String asked(String what) {
        var answer = io.askSecret().apply(what + ": ");
        if (answer == null) {
            throw new CliException(
                    "It cannot be asked for without echo here.", "Pipe it in, or use --from-env VARIABLE.", Exit.USAGE);
        }
        return new String(answer);
    }

    private String piped() {
        try {
            return new String(io.in().readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new CliException(
                    "Standard input cannot be read: " + e.getMessage(), "Use --from-env VARIABLE.", Exit.USAGE);
        }
    }
}
