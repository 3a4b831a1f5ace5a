package com.aistrale.server.kit.http;

import com.aistrale.server.kit.ids.Ids;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The listening side with routes of a test's own, on a free port. */
final class SmallServer implements AutoCloseable {
    static final int MOST = 10_000;

    final Drain drain = new Drain();
    private final HttpServer server;

    SmallServer(Routes routes) {
        this(routes, List.of(), List.of());
    }

    SmallServer(Routes routes, List<String> hosts, List<String> origins) {
        var ids = new Ids(InstantSource.system(), new SecureRandom());
        var options = new HttpServer.Options(
                "127.0.0.1", 0, MOST, new HostGuard(true, hosts), new Cors(origins), Map.of("/plain/", new Plain()));
        server = new HttpServer(options, ids, drain, routes);
        server.start();
    }

    int port() {
        return server.port();
    }

    /** Sends one request as it stands, and reads to the end of the connection, which the request has to ask for. */
    String ask(String request) throws java.io.IOException {
        try (var client = new RawClient(port())) {
            return client.send(request).readToEnd();
        }
    }

    @Override
    public void close() {
        server.close();
    }

    /** An error format that is easy to tell. */
    private static final class Plain implements ErrorFormat {
        @Override
        public String contentType() {
            return "text/plain";
        }

        @Override
        public byte[] render(com.aistrale.server.kit.problem.Problem problem, String requestId) {
            return ("plain " + problem.code().wireName()).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        }
    }
}
