package com.aistrale;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers each request with the next reply of a script, over plain sockets, so that it can also cut where it likes. */
final class FakeServer implements AutoCloseable {
    private final ServerSocket listener;
    private final BlockingQueue<Function<Received, Reply>> script = new LinkedBlockingQueue<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    final List<Received> received = new CopyOnWriteArrayList<>();
    /** What was cancelled, by the requests' targets, while nothing was scripted. */
    final BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();

    final CountDownLatch clientLeft = new CountDownLatch(1);

    /** A request as it came; header names in lower case. */
    record Received(String method, String target, Map<String, String> headers, String body) {}

    /** What to send, in pieces; then the connection stays, is closed, or stands still until the client leaves. */
    record Reply(List<byte[]> pieces, End end, long pauseMillis) {}

    enum End {
        KEEP,
        CLOSE,
        STALL
    }

    FakeServer() {
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    FakeServer reply(Reply reply) {
        return reply(request -> reply);
    }

    /** What is answered depends on what was asked. */
    FakeServer reply(Function<Received, Reply> reply) {
        script.add(reply);
        return this;
    }

    FakeServer json(int status, String body, String... headers) {
        return reply(whole(status, "application/json", body, headers));
    }

    FakeServer problem(int status, String code, String... headers) {
        var body = String.format(
                "{\"title\":\"T\",\"status\":%d,\"detail\":\"what happened\",\"code\":\"%s\",\"request_id\":\"req_1\"}",
                status, code);
        return reply(whole(status, "application/problem+json", body, headers));
    }

    FakeServer sse(String... events) {
        return reply(new Reply(List.of(bytes(sseHead() + String.join("", events))), End.CLOSE, 0));
    }

    FakeServer noContent() {
        return reply(new Reply(List.of(bytes("HTTP/1.1 204 X\r\n\r\n")), End.KEEP, 0));
    }

    /** A body in chunks, that ends as such bodies do or is cut. */
    FakeServer chunked(String type, boolean whole, String... chunks) {
        var text = new StringBuilder(
                "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var chunk : chunks) {
            text.append(Integer.toHexString(bytes(chunk).length))
                    .append("\r\n")
                    .append(chunk)
                    .append("\r\n");
        }
        return reply(new Reply(
                List.of(bytes(whole ? text + "0\r\n\r\n" : text.toString())), whole ? End.KEEP : End.CLOSE, 0));
    }

    static Reply whole(int status, String type, String body, String... headers) {
        var head = new StringBuilder("HTTP/1.1 " + status + " X\r\nContent-Type: " + type + "\r\n");
        for (var header : headers) {
            head.append(header).append("\r\n");
        }
        var length = body.getBytes(UTF_8).length;
        return new Reply(List.of(bytes(head + "Content-Length: " + length + "\r\n\r\n" + body)), End.KEEP, 0);
    }

    static String sseHead() {
        return sseHead("inf_1");
    }

    static String sseHead(String inference) {
        return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-Id: req_s\r\nConnection: close\r\n"
                + "X-Aistrale-Inference-Id: " + inference + "\r\n\r\n";
    }

    static String delta(String text) {
        return delta(1, text);
    }

    static String delta(int id, String text) {
        return "event: delta\nid: " + id + "\ndata: {\"text\":\"" + text + "\"}\n\n";
    }

    static String completed(String text) {
        return "event: completed\ndata: " + inference(text) + "\n\n";
    }

    static String completed(int id, String text) {
        return "event: completed\nid: " + id + "\ndata: " + inference(text) + "\n\n";
    }

    static String inference(String text) {
        return """
                {"id":"inf_1","text":"%s","message":{"role":"assistant","content":"%s"},"tool_calls":[],"model":"m",\
                "provider":"openai","finish_reason":"stop","usage":{"input_tokens":9007199254740993,"output_tokens":2,\
                "cached_input_tokens":null,"total_tokens":null,"brand_new_tokens":7},"cost_usd":0.000000001,\
                "cost_source":"reported","latency_ms":12,"time_to_first_token_ms":null,"attempts":[{"provider":"openai",\
                "model":"m","outcome":"completed","latency_ms":11}],"session_id":null,\
                "created_at":"2026-11-01T12:00:00.123Z","from_the_future":{"a":[1,null]}}""".formatted(text, text);
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                sockets.add(socket);
                start(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            while (true) {
                var request = read(socket.getInputStream());
                if (request == null) {
                    return;
                }
                if (request.target().endsWith("/cancel") && script.isEmpty()) {
                    cancelled.add(request.target());
                    answer(socket, whole(404, "application/problem+json", "{\"code\":\"not_found\"}"));
                    continue;
                }
                received.add(request);
                var reply = script.poll(5, TimeUnit.SECONDS);
                if (reply == null || !answer(socket, reply.apply(request))) {
                    return;
                }
            }
        } catch (IOException | InterruptedException e) {
            clientLeft.countDown();
        }
    }

    private boolean answer(Socket socket, Reply reply) throws IOException, InterruptedException {
        for (var piece : reply.pieces()) {
            socket.getOutputStream().write(piece);
            socket.getOutputStream().flush();
            Thread.sleep(reply.pauseMillis());
        }
        if (reply.end() == End.STALL && socket.getInputStream().read() < 0) {
            clientLeft.countDown();
        }
        return reply.end() == End.KEEP;
    }

    private static @Nullable Received read(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            var b = in.read();
            if (b < 0) {
                return null;
            }
            head.write(b);
        }
        var lines = new ArrayList<>(List.of(head.toString(ISO_8859_1).strip().split("\r\n", -1)));
        var first = lines.remove(0).split(" ", -1);
        var headers = new LinkedHashMap<String, String>();
        for (var line : lines) {
            var colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        var length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Received(first[0], first[1], headers, new String(in.readNBytes(length), UTF_8));
    }

    private static void start(Runnable work) {
        var thread = new Thread(work, "fake server");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (var socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
