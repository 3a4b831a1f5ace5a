package com.aistrale.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs the launcher in the foreground, as if it had been called instead of this program. */
final class Launched {
    private Launched() {}

    /** Its exit code. A signal that ends this program ends that one too, and is waited for. */
    static int run(Session session, String command, List<String> arguments) {
        var launcher = session.local().launcher();
        if (launcher == null) {
            throw new CliException(
                    "The launcher that starts the " + command + " is not known.",
                    "Name it: AISTRALE_LAUNCHER.",
                    Exit.FAILED);
        }
        var line = new ArrayList<>(List.of(launcher, command));
        line.addAll(arguments);
        try {
            var builder = new ProcessBuilder(line).inheritIO();
            builder.environment().clear();
            builder.environment().putAll(session.io().env());
            var process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
            return process.waitFor();
        } catch (IOException e) {
            throw new CliException(
                    "The " + command + " cannot be started: " + Io.line(e.toString()),
                    "Is " + launcher + " there?",
                    Exit.FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException("Interrupted.", "", Exit.FAILED);
        }
    }

    /** An option with its value, where it has one. */
    static void add(List<String> arguments, String option, @Nullable String value) {
        if (value != null) {
            arguments.add(option);
            arguments.add(value);
        }
    }

    private static void end(Process process) {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
