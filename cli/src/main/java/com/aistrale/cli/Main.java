package com.aistrale.cli;

/** The program {@code aistrale}. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String... args) {
        var io = Io.system();
        System.exit(new Cli(io, LocalServer.of(io)).run(args));
    }
}
