package com.aistrale.emulator.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Listens, and gives every connection a virtual thread. {@link #close} ends all of them at once. */
public final class HttpServer implements AutoCloseable {
    /** Answers a request; called on the connection's own virtual thread. */
    @FunctionalInterface
    public interface Handler {
        void handle(Request request, Exchange exchange);
    }

    private final ServerSocket listener;
    private final Handler handler;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private HttpServer(ServerSocket listener, Handler handler) {
        this.listener = listener;
        this.handler = handler;
    }

    /**
     * Begins to listen.
     *
     * @param port 0 takes a free one
     * @throws IOException if the address cannot be listened on
     */
    public static HttpServer start(String host, int port, Handler handler) throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.setReuseAddress(true);
        try {
            listener.bind(new InetSocketAddress(InetAddress.getByName(host), port), 1024);
        } catch (IOException refused) {
            listener.close();
            throw refused;
        }
        HttpServer server = new HttpServer(listener, handler);
        Thread.ofVirtual().name("emulator-accept").start(server::accept);
        return server;
    }

    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() {
        quietly(listener::close);
        for (Socket socket : open) {
            quietly(socket::close);
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                open.add(socket);
                Thread.ofVirtual().name("emulator-connection").start(() -> serve(socket));
            } catch (IOException closedOrPassing) {
                if (!listener.isClosed()) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            converse(socket);
        } catch (IOException closed) {
            // The client went away between requests, or within one: nobody is left to answer.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(socket);
        }
    }

    private void converse(Socket socket) throws IOException, InterruptedException {
        PushbackInputStream in = new PushbackInputStream(new BufferedInputStream(socket.getInputStream(), 16 * 1024));
        OutputStream out = socket.getOutputStream();
        RequestReader reader = new RequestReader(in, out);
        while (true) {
            Request request;
            try {
                request = reader.next();
            } catch (MalformedRequest malformed) {
                refuse(out, malformed);
                return;
            }
            if (request == null) {
                return;
            }
            Departure departure = new Departure(in);
            Exchange exchange = new Exchange(socket, out, departure);
            handler.handle(request, exchange);
            if (!exchange.reusable() || request.wantsClose() || !departure.nextRequestBegins()) {
                return;
            }
        }
    }

    private static void refuse(OutputStream out, MalformedRequest malformed) throws IOException {
        byte[] body = (malformed.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + malformed.status() + ' ' + Reason.of(malformed.status())
                + "\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        out.flush();
    }

    private interface Closing {
        void run() throws IOException;
    }

    private static void quietly(Closing closing) {
        try {
            closing.run();
        } catch (IOException alreadyClosed) {
            // Closing is all that was wanted.
        }
    }
}
