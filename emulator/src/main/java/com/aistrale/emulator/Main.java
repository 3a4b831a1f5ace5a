package com.aistrale.emulator;

import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The emulator as a program. */
public final class Main {
    private static final String USAGE = """
            usage: emulator [--port 16100] [--host 127.0.0.1] [--key KEY]... [--model NAME]...
                            [--conformance-server URL --conformance-key KEY]
              --port    0 takes a free port; the line on stdout tells which
              --host    the address to listen on
              --key     a credential that is good; with it, all others are refused
              --model   a model that every provider serves besides its own
              --conformance-server, --conformance-key
                        a running AISTRALE server and an API key of it, which plays the scenarios of the contract instead of
                        their scripts, as far as it can
            """;

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        Options options;
        try {
            options = options(arguments);
        } catch (IllegalArgumentException wrong) {
            System.err.println("emulator: " + wrong.getMessage());
            System.err.print(USAGE);
            System.exit(2);
            return;
        }
        if (options == null) {
            System.out.print(USAGE);
            return;
        }
        Emulator emulator;
        try {
            emulator = Emulator.start(options);
        } catch (UncheckedIOException refused) {
            System.err.println(
                    "emulator: " + refused.getMessage() + "; choose another with --port, or 0 for a free one");
            System.exit(1);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(emulator::close));
        for (String provider : Mounts.providers()) {
            System.err.printf("%-12s %s%n", provider, emulator.baseUrl(provider));
        }
        System.out.println("emulator listening on " + emulator.origin());
        System.out.flush();
        new CountDownLatch(1).await();
    }

    /** Null if only help was asked for. */
    private static @Nullable Options options(String[] arguments) {
        Options options = Options.defaults().withPort(16100);
        Set<String> keys = new HashSet<>();
        Set<String> models = new HashSet<>();
        String server = "";
        String serversKey = "";
        for (int i = 0; i < arguments.length; i += 2) {
            String flag = arguments[i];
            if (flag.equals("--help") || flag.equals("-h")) {
                return null;
            }
            if (!Set.of("--port", "--host", "--key", "--model", "--conformance-server", "--conformance-key")
                    .contains(flag)) {
                throw new IllegalArgumentException("unknown argument " + flag);
            }
            if (i + 1 == arguments.length) {
                throw new IllegalArgumentException(flag + " wants a value");
            }
            String value = arguments[i + 1];
            switch (flag) {
                case "--port" -> options = options.withPort(port(value));
                case "--host" -> options = options.withHost(value);
                case "--key" -> keys.add(value);
                case "--conformance-server" -> server = value;
                case "--conformance-key" -> serversKey = value;
                default -> models.add(value);
            }
        }
        if (server.isEmpty() != serversKey.isEmpty()) {
            throw new IllegalArgumentException("--conformance-server and --conformance-key go together");
        }
        if (!server.isEmpty()) {
            options = options.withServer(new Options.RealServer(URI.create(server), serversKey));
        }
        return options.withKeys(keys).withModels(models);
    }

    private static int port(String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("--port wants a number, not " + value);
        }
    }
}
