package com.aistrale.emulator.http;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The ports on which one handler listens: its own, and more that are opened and closed, so that connections to them can be
 * refused.
 */
public final class Ports implements AutoCloseable {
    private final String host;
    private final HttpServer.Handler handler;
    private final HttpServer own;
    private final Map<Integer, HttpServer> more = new HashMap<>();

    private Ports(String host, HttpServer.Handler handler, HttpServer own) {
        this.host = host;
        this.handler = handler;
        this.own = own;
    }

    /**
     * Begins to listen on the first, which stays open until the end.
     *
     * @param port 0 takes a free one
     * @throws IOException if it cannot be listened on
     */
    public static Ports start(String host, int port, HttpServer.Handler handler) throws IOException {
        return new Ports(host, handler, HttpServer.start(host, port, handler));
    }

    /** The first. */
    public int own() {
        return own.port();
    }

    /**
     * Begins to listen on one more.
     *
     * @param port 0 takes a free one
     * @return which it is
     * @throws IOException if it cannot be listened on
     */
    public synchronized int open(int port) throws IOException {
        HttpServer server = HttpServer.start(host, port, handler);
        more.put(server.port(), server);
        return server.port();
    }

    /**
     * Refuses connections to one of the others from now on, and cuts those that there are.
     *
     * @throws IllegalArgumentException if it is not open, or the first
     */
    public synchronized void close(int port) {
        HttpServer server = more.remove(port);
        if (server == null) {
            throw new IllegalArgumentException(
                    port == own() ? "port " + port + " is the emulator's own" : "port " + port + " is not open");
        }
        server.close();
    }

    /** Closes them all. */
    @Override
    public synchronized void close() {
        own.close();
        more.values().forEach(HttpServer::close);
        more.clear();
    }
}
