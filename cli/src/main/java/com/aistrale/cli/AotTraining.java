package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.cli.Io.Stdin;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.invoke.MethodHandles;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;

/**
 * Does what people do, while java watches which classes that takes (the ahead-of-time cache). It runs at build time only, against a
 * listener of its own that gives the same three answers to everybody.
 */
final class AotTraining {
    private static final String INFERENCE = """
            {"id":"inf_1","text":"Hi","message":{},"tool_calls":[],"model":"m","provider":"demo","finish_reason":"stop",\
            "usage":{"input_tokens":1},"cost_usd":0.1,"latency_ms":1,"attempts":[],"created_at":"2026-11-01T12:00:00.000Z"}""";
    private static final String RECORDS = """
            {"data":[{"id":"inf_1","status":"completed","created_at":"2026-11-01T12:00:00.000Z","model":"m","provider":"p",\
            "usage":{"input_tokens":1,"output_tokens":2},"cost_usd":0.1,"latency_ms":1,"attempts":[]}],"next_cursor":null}""";

    private AotTraining() {}

    /** Runs each command once. */
    public static void main(String... args) throws IOException {
        try (var listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            var thread = new Thread(() -> answer(listener));
            thread.setDaemon(true);
            thread.start();
            var url = "http://127.0.0.1:" + listener.getLocalPort();
            for (var terminal : new boolean[] {true, false}) {
                everything(seen(url, terminal));
            }
            MethodHandles.lookup().ensureInitialized(Main.class);
            run(Io.system(), "--version");
        } catch (IllegalAccessException e) {
            throw new IOException(e);
        }
    }

    /** What a command sees, at a terminal or in a pipe. */
    private static Io seen(String url, boolean terminal) {
        return new Io(
                new ByteArrayInputStream("Hello\n".getBytes(UTF_8)),
                new StandardOut(OutputStream.nullOutputStream()),
                new PrintStream(OutputStream.nullOutputStream(), false, UTF_8),
                Map.of(
                        "AISTRALE_API_URL",
                        url,
                        "AISTRALE_CONFIG",
                        "/dev/null",
                        "AISTRALE_API_KEY",
                        "ais_x",
                        "AISTRALE_PAGER",
                        "",
                        "COLUMNS",
                        "100",
                        "LINES",
                        "1000"),
                Stdin.OTHER,
                terminal,
                terminal,
                question -> null);
    }

    /** What is done often. What is not costs the others: every class that java saw here is there at every start. So does a conversation. */
    private static void everything(Io io) {
        run(io, "batch", "-", "--format", "text", "-m", "m");
        run(io, "run", "Hello", "-m", "m");
        run(io, "run", "Hello", "--no-stream", "--json");
        run(io, "telemetry", "view", "--last", "24h");
        run(io, "run", "--prompt", "p@1", "--var", "a=b", "--var", "c:=1");
        run(io, "prompts", "list");
        run(io, "keys", "list");
        run(io, "traces", "list");
        run(io, "tokens", "list");
        run(io, "budgets", "list");
        run(io, "webhooks", "list");
        run(io, "aliases", "list");
        run(io, "models", "list");
        run(io, "config", "list");
        run(io, "config", "path");
        run(io, "status");
        run(io, "--help");
        run(io, "run", "--help");
        run(io, "nonsense");
    }

    private static void run(Io io, String... args) {
        new Cli(io, LocalServer.of(io)).run(args);
    }

    private static void answer(ServerSocket listener) {
        while (!listener.isClosed()) {
            try (var socket = listener.accept()) {
                answer(socket);
            } catch (IOException e) {
                return; // the training is over
            }
        }
    }

    private static void answer(Socket socket) throws IOException {
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
        var request = in.readLine();
        for (var line = request; line != null && !line.isEmpty(); ) {
            line = in.readLine();
        }
        var run = request != null && request.startsWith("POST");
        var body = run
                ? "event: delta\ndata: {\"text\":\"Hi\"}\n\nevent: completed\ndata: " + INFERENCE + "\n\n"
                : String.valueOf(request).contains("telemetry") ? RECORDS : "{\"data\":[],\"next_cursor\":null}";
        var head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: "
                + (run ? "text/event-stream" : "application/json") + "\r\n\r\n";
        socket.getOutputStream().write((head + body).getBytes(UTF_8));
        socket.shutdownOutput();
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    }
}
