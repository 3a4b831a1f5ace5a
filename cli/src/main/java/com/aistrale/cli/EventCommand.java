package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.Event;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A shell command that is run for one event after the other, with the event on its standard input. */
final class EventCommand {
    private static final long FAREWELL_SECONDS = 2;
    private final String command;
    private final Map<String, String> env;
    private volatile @Nullable Process running;

    /** @param outIsTaken whether standard output is for something else: what the command says goes to standard error then */
    EventCommand(String command, Map<String, String> env, boolean outIsTaken) {
        this.command = outIsTaken ? "exec 1>&2\n" + command : command;
        this.env = env;
    }

    /** Returns when it has ended, with its exit code. */
    int run(Event event) throws InterruptedException {
        var builder = new ProcessBuilder("/bin/sh", "-c", command)
                .redirectOutput(Redirect.INHERIT)
                .redirectError(Redirect.INHERIT);
        builder.environment().clear();
        builder.environment().putAll(env);
        builder.environment().put("AISTRALE_EVENT_ID", event.id());
        builder.environment().put("AISTRALE_EVENT_TYPE", event.type());
        try {
            var process = builder.start();
            running = process;
            give(process, event.toJson());
            return process.waitFor();
        } catch (IOException e) {
            throw new CliException(
                    "No shell could be started: " + Io.line(String.valueOf(e.getMessage())), "", Exit.FAILED);
        } finally {
            running = null;
        }
    }

    private static void give(Process process, String text) {
        try (var in = process.getOutputStream()) {
            in.write((text + "\n").getBytes(UTF_8));
        } catch (IOException e) {
            return; // it does not care what the event says
        }
    }

    /** On a terminal it heard Ctrl-C itself, and may have something to put in order; what does not end is ended. */
    void end() {
        var process = running;
        if (process == null) {
            return;
        }
        try {
            if (process.waitFor(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }
}
