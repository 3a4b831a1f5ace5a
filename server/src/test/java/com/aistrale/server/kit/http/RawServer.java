package com.aistrale.server.kit.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server on a free port of loopback that does to each connection exactly what a script says. */
public final class RawServer implements AutoCloseable {
    /** What happens to one connection; it is closed when the script returns. */
    public interface Script {
        void serve(Line line) throws Exception;
    }

    private final ServerSocket server;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    public RawServer(Script script) throws IOException {
        this(script, InetAddress.getLoopbackAddress(), 0);
    }

    /** @param port 0 lets the system choose */
    public RawServer(Script script, InetAddress address, int port) throws IOException {
        server = new ServerSocket(port, 100, address);
        Thread.ofVirtual().start(() -> accept(script));
    }

    /** A server that answers every request of every connection with the same bytes. */
    public static RawServer answering(String response) throws IOException {
        return new RawServer(line -> {
            while (line.request() != null) {
                line.write(response);
            }
        });
    }

    /** A 200 with JSON. */
    public static String json(String body) {
        return response("200 OK", "content-type: application/json\r\n", body);
    }

    public static String response(String status, String headers, String body) {
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        return "HTTP/1.1 " + status + "\r\n" + headers + "content-length: " + length + "\r\n\r\n" + body;
    }

    private void accept(Script script) {
        while (!server.isClosed()) {
            try {
                var socket = server.accept();
                sockets.add(socket);
                var line = new Line(socket, connections.incrementAndGet());
                Thread.ofVirtual().start(() -> serve(script, line));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Script script, Line line) {
        try (line.socket) {
            script.serve(line);
        } catch (Exception gone) {
            // The client went away, or the test is over.
        }
        ended.incrementAndGet();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    public int port() {
        return server.getLocalPort();
    }

    /** How many connections were accepted. */
    public int connections() {
        return connections.get();
    }

    /** How many connections were closed at this side. */
    public int ended() {
        return ended.get();
    }

    /** Every request that arrived whole, head and body. */
    public List<String> requests() {
        return requests;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (var socket : sockets) {
            socket.close();
        }
    }

    /** One connection. */
    public final class Line {
        private final Socket socket;
        private final int number;

        private Line(Socket socket, int number) {
            this.socket = socket;
            this.number = number;
        }

        /** From 1, in the order of their coming. */
        public int number() {
            return number;
        }

        /** The next request, or null at the connection's end. */
        public @Nullable String request() throws IOException {
            var in = socket.getInputStream();
            var head = new ByteArrayOutputStream();
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int b = in.read();
                if (b < 0) {
                    return null;
                }
                head.write(b);
            }
            var text = head.toString(StandardCharsets.ISO_8859_1);
            var request = text + body(in, text);
            requests.add(request);
            return request;
        }

        private static String body(InputStream in, String head) throws IOException {
            for (var header : head.split("\r\n", -1)) {
                if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                    int length = Integer.parseInt(header.substring(15).strip());
                    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
                }
            }
            return "";
        }

        public void write(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        }

        public void write(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        /** One chunk of a chunked body. */
        public void chunk(String text) throws IOException {
            int length = text.getBytes(StandardCharsets.UTF_8).length;
            write(Integer.toHexString(length) + "\r\n" + text + "\r\n");
        }

        /** Waits until the client has closed. */
        public void awaitEnd() throws IOException {
            while (socket.getInputStream().read() >= 0) {
                // Whatever comes is of no interest.
            }
        }
    }
}
