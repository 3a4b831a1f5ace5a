package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** A server of AISTRALE's interface that says what a test told it, by method and path. */
final class FakeServer implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private final Map<String, Queue<Reply>> first = new ConcurrentHashMap<>();
    final List<String> requests = new CopyOnWriteArrayList<>();
    final List<String> bodies = new CopyOnWriteArrayList<>();
    final List<String> keys = new CopyOnWriteArrayList<>();
    final List<String> workspaces = new CopyOnWriteArrayList<>();
    final List<String> idempotencyKeys = new CopyOnWriteArrayList<>();
    final List<Headers> headers = new CopyOnWriteArrayList<>();
    final CountDownLatch clientLeft = new CountDownLatch(1);

    /** @param endless whether more follows until the client leaves */
    private record Reply(int status, String type, String body, boolean endless, boolean cut) {
        Reply(int status, String type, String body, boolean endless) {
            this(status, type, body, endless, false);
        }
    }

    FakeServer() {
        this(0);
    }

    FakeServer(int port) {
        this(port, true);
    }

    /** @param ready whether it says so from the first moment on */
    FakeServer(int port, boolean ready) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        if (ready) {
            ready();
        }
        json("GET /health", 200, "{\"status\":\"ok\",\"version\":\"9.9.9\"}");
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    FakeServer ready() {
        return json("GET /ready", 200, "{\"status\":\"ready\"}");
    }

    FakeServer json(String request, int status, String body) {
        replies.put(request, new Reply(status, "application/json", body, false));
        return this;
    }

    FakeServer text(String request, String type, String body) {
        replies.put(request, new Reply(200, type, body, false));
        return this;
    }

    /** The connection ends before the body does. */
    FakeServer cut(String request, String type, String body) {
        replies.put(request, new Reply(200, type, body, false, true));
        return this;
    }

    /** What is answered before everything else, once for each of these. */
    FakeServer first(String request, int status, String type, String... bodies) {
        for (var body : bodies) {
            first.computeIfAbsent(request, each -> new ConcurrentLinkedQueue<>())
                    .add(new Reply(status, type, body, false));
        }
        return this;
    }

    /** A stream that has no end. */
    FakeServer endless(String request, String... events) {
        replies.put(request, new Reply(200, "text/event-stream", String.join("", events), true));
        return this;
    }

    FakeServer list(String request, String... elements) {
        return json(request, 200, "{\"data\":[" + String.join(",", elements) + "],\"next_cursor\":null}");
    }

    /** What a server answers that does not know the operation. */
    FakeServer unknown(String request) {
        return problem(request, 404, "not_found", "There is nothing at this path.");
    }

    String lastBody() {
        return bodies.getLast();
    }

    String lastRequest() {
        return requests.getLast();
    }

    FakeServer problem(String request, int status, String code, String detail) {
        return json(
                request, status, "{\"status\":%d,\"code\":\"%s\",\"detail\":\"%s\"}".formatted(status, code, detail));
    }

    FakeServer sse(String... events) {
        replies.put("POST /api/v1/inferences", new Reply(200, "text/event-stream", String.join("", events), false));
        return this;
    }

    FakeServer endlessSse(String... events) {
        replies.put("POST /api/v1/inferences", new Reply(200, "text/event-stream", String.join("", events), true));
        return this;
    }

    /** An answer in two pieces. */
    FakeServer answers(String provider, String text) {
        var half = text.length() / 2;
        return sse(delta(text.substring(0, half)), delta(text.substring(half)), completed(provider, text));
    }

    static String delta(String text) {
        return "event: delta\ndata: {\"text\":" + quoted(text) + "}\n\n";
    }

    static String completed(String provider, String text) {
        return "event: completed\ndata: " + inference(provider, text) + "\n\n";
    }

    static String inference(String provider, String text) {
        return """
                {"id":"inf_1","text":%s,"message":{},"tool_calls":[],"model":"m","provider":"%s","finish_reason":"stop",\
                "usage":null,"cost_usd":null,"cost_source":null,"latency_ms":1,"time_to_first_token_ms":null,"attempts":[],\
                "session_id":null,"created_at":"2026-11-01T12:00:00.000Z"}""".formatted(quoted(text), provider);
    }

    private static String quoted(String text) {
        return "\""
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\u001B", "\\u001b") + "\"";
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            var key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
            if (key != null) {
                idempotencyKeys.add(key);
            }
            headers.add(exchange.getRequestHeaders());
            workspaces.add(String.valueOf(exchange.getRequestHeaders().getFirst("X-Aistrale-Workspace")));
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            var request =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            var whole = exchange.getRequestMethod() + " " + exchange.getRequestURI(); // before that without its query
            var next =
                    first.getOrDefault(request, new ConcurrentLinkedQueue<>()).poll();
            var reply = next != null
                    ? next
                    : replies.getOrDefault(
                            replies.containsKey(whole) ? whole : request,
                            new Reply(
                                    404,
                                    "application/json",
                                    "{\"status\":404,\"code\":\"not_found\",\"detail\":\"no " + request + "\"}",
                                    false));
            exchange.getResponseHeaders().set("Content-Type", reply.type());
            if (reply.type().equals("text/event-stream")) {
                exchange.getResponseHeaders().set("X-Aistrale-Inference-Id", "inf_1");
            }
            var length = reply.cut() ? reply.body().getBytes(UTF_8).length + 100 : 0;
            exchange.sendResponseHeaders(reply.status(), reply.status() == 204 ? -1 : length);
            if (reply.status() != 204) {
                exchange.getResponseBody().write(reply.body().getBytes(UTF_8));
                exchange.getResponseBody().flush();
            }
            keepAlive(exchange, reply);
        }
    }

    private void keepAlive(HttpExchange exchange, Reply reply) {
        try {
            while (reply.endless()) {
                exchange.getResponseBody().write(": keep-alive\n\n".getBytes(UTF_8));
                exchange.getResponseBody().flush();
                Thread.sleep(20);
            }
        } catch (IOException | InterruptedException e) {
            clientLeft.countDown();
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
