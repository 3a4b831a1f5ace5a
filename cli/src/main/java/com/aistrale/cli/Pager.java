package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Shows what is longer than the terminal page by page: by AISTRALE_PAGER, else PAGER, else less. */
record Pager(Io io) {
    /** It ends at once where all fits, shows colours, and leaves what was read on the screen. */
    private static final String USUAL = "less -FRX";

    /** False where it is not for a pager: then nothing was shown. */
    boolean show(List<String> lines) {
        if (!io.outIsTerminal() || io.stdin() != Io.Stdin.TERMINAL) {
            return false;
        }
        if (lines.size() < TerminalSize.of(io.env()).rows()) {
            return false;
        }
        var command = command(io.env());
        if (command.isEmpty() || command.equals("cat")) {
            return false;
        }
        io.out().flush();
        try {
            return page(command, lines);
        } catch (IOException e) {
            return false; // no shell
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private boolean page(String command, List<String> lines) throws IOException, InterruptedException {
        var builder = new ProcessBuilder("sh", "-c", command)
                .redirectOutput(Redirect.INHERIT)
                .redirectError(Redirect.INHERIT);
        builder.environment().clear();
        builder.environment().putAll(io.env());
        builder.environment().putIfAbsent("LESS", "FRX");
        var pager = builder.start();
        // Ctrl-C comes to both: the terminal is the pager's until it has ended.
        try (var interrupt = new Interrupt(() -> await(pager))) {
            try (var to = pager.outputWriter(UTF_8)) {
                for (var line : lines) {
                    to.write(line);
                    to.write('\n');
                }
            } catch (IOException e) {
                // It was left before the end, which is what a pager is for; or there is none, which its exit code says.
            }
            var exit = pager.waitFor();
            return interrupt.hasCome() || !isMissing(exit);
        }
    }

    /** A shell says so where a program is not there (127), or is none (126). */
    private static boolean isMissing(int exit) {
        return exit == 127 || exit == 126;
    }

    private static void await(Process pager) {
        try {
            pager.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String command(Map<String, String> env) {
        var own = env.get("AISTRALE_PAGER");
        if (own != null) {
            return own.strip();
        }
        var usual = env.getOrDefault("PAGER", "").strip();
        return usual.isEmpty() ? isThere("less", env.getOrDefault("PATH", "")) ? USUAL : "" : usual;
    }

    private static boolean isThere(String program, String path) {
        for (var folder : path.split(File.pathSeparator, -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }
}
