package com.aistrale.cli;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;

/** {@code aistrale stop}: ends the local server. */
@Command(
        name = "stop",
        header = "Stop the local server.",
        description = "It finishes what runs, for up to 30 seconds, and takes nothing new meanwhile.")
final class StopCommand implements Callable<Integer> {
    private static final long PATIENCE_SECONDS = 35;
    private final Session session;

    StopCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var io = session.io();
        var data = DataDir.of(io.env());
        var running = data.running();
        var found = running.flatMap(ServerProcess::of);
        if (running.isEmpty() || found.isEmpty()) {
            io.out().println("No server is running (data folder: " + data.path() + ").");
            return Exit.OK;
        }
        var process = found.get();
        process.destroy();
        try {
            process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new CliException(
                    "The server (pid " + process.pid() + ") is still running after " + PATIENCE_SECONDS + " s.",
                    "Look at " + data.log() + "; as the last resort: kill -9 " + process.pid(),
                    Exit.FAILED);
        } catch (InterruptedException | ExecutionException e) {
            throw new CliException(
                    "Could not wait for the server's end: " + e.getMessage(), "See: aistrale status", Exit.FAILED);
        }
        io.out().println("Stopped the server at " + Io.line(running.get().url()) + " (pid " + process.pid() + ").");
        return Exit.OK;
    }
}
