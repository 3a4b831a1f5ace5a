package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A server that was started to stay: it outlives this program, its terminal, and a Ctrl-C there. */
record ServerStart(Process process, Path log, long logBefore) {
    private static final long LONGEST_LOG = 5_000_000;
    private static final int LINES_SHOWN = 15;

    static ServerStart of(String launcher, URI uri, DataDir data, Map<String, String> env) {
        var log = data.log();
        try {
            if (Files.exists(log) && Files.size(log) > LONGEST_LOG) {
                Files.move(log, log.resolveSibling("server.log.1"), StandardCopyOption.REPLACE_EXISTING);
            }
            var before = Files.exists(log) ? Files.size(log) : 0;
            var builder = new ProcessBuilder(command(launcher, uri, env))
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.appendTo(log.toFile()));
            builder.environment().clear();
            builder.environment().putAll(env);
            return new ServerStart(builder.start(), log, before);
        } catch (IOException e) {
            throw new CliException(
                    "The server cannot be started: " + Io.line(e.toString()),
                    "Try by hand: aistrale serve",
                    Exit.CONNECTION);
        }
    }

    /** A session of its own where the system has setsid; else at least deaf to Ctrl-C and to the terminal's end. */
    private static List<String> command(String launcher, URI uri, Map<String, String> env) {
        var command = new ArrayList<String>();
        if (isThere("setsid", env.getOrDefault("PATH", ""))) {
            command.add("setsid");
        } else {
            command.addAll(List.of("sh", "-c", "trap '' INT HUP; exec \"$0\" \"$@\""));
        }
        command.addAll(List.of(
                launcher, "serve", "--host", LocalServer.host(uri), "--port", Integer.toString(LocalServer.port(uri))));
        return command;
    }

    private static boolean isThere(String program, String path) {
        for (var folder : path.split(File.pathSeparator, -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int exitValue() {
        return process.exitValue();
    }

    /** The end of what it wrote since it was started. */
    String lastLines() {
        try (var in = Files.newInputStream(log)) {
            in.skipNBytes(logBefore);
            var lines =
                    new String(in.readAllBytes(), UTF_8).lines().map(Io::safe).toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
        } catch (IOException e) {
            return "(it cannot be read: " + e.getMessage() + ")";
        }
    }
}
