package com.aistrale.cli;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** The process that wrote server.json, if it is still that one. */
final class ServerProcess {
    private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(2);

    private ServerProcess() {}

    /** Empty where it is gone, or its number belongs to another program now. */
    static Optional<ProcessHandle> of(DataDir.Running running) {
        return ProcessHandle.of(running.pid())
                .filter(ProcessHandle::isAlive)
                .filter(process -> isOurs(process.info()))
                .filter(process -> process.info()
                        .startInstant()
                        .map(start -> start.isBefore(running.startedAt().plus(CLOCKS_DIFFER)))
                        .orElse(true));
    }

    private static boolean isOurs(ProcessHandle.Info info) {
        var command = info.command().orElse("");
        var isJava = command.substring(command.lastIndexOf('/') + 1).startsWith("java");
        var arguments = info.arguments();
        return isJava && (arguments.isEmpty() || Arrays.stream(arguments.get()).anyMatch(a -> a.contains("aistrale")));
    }
}
