package com.aistrale.cli;

import com.aistrale.internal.ConfigEditor;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A process that behaves as the real server does towards the command line: its port, its key, its server.json, its end. */
final class FakeServerMain {
    private FakeServerMain() {}

    public static void main(String... args) throws Exception {
        var env = System.getenv();
        var data = DataDir.of(env);
        Files.writeString(
                data.path().resolve("starts"),
                String.join(" ", args) + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        System.out.println("fake server begins");
        if (env.containsKey("FAKE_FAILS")) {
            System.err.println("the disk is full");
            System.exit(3);
        }
        Thread.sleep(Long.parseLong(env.getOrDefault("FAKE_DELAY_MS", "0")));
        var port = Integer.parseInt(args[List.of(args).indexOf("--port") + 1]);
        try {
            serve(new FakeServer(port, false), data, env);
        } catch (UncheckedIOException e) {
            System.err.println("port " + port + " is in use");
            System.exit(4);
        }
    }

    private static void serve(FakeServer server, DataDir data, Map<String, String> env) throws Exception {
        server.answers("demo", "Hello");
        var json = data.path().resolve("server.json");
        new ConfigEditor(Path.of(env.get("HOME"), ".config/aistrale/config.toml"))
                .set("default", "api_key", "ais_made");
        Files.writeString(
                json,
                "{\"pid\":%d,\"url\":\"%s\",\"version\":\"9.9.9\",\"started_at\":\"%s\"}"
                        .formatted(ProcessHandle.current().pid(), server.url(), Instant.now()));
        server.ready();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            json.toFile().delete();
            System.out.println("keys seen: " + server.keys);
        }));
        Thread.sleep(60_000); // never longer than a test
    }
}
