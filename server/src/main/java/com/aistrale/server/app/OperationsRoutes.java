package com.aistrale.server.app;

import com.aistrale.server.kit.http.Drain;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.sql.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /health}: the process lives. {@code GET /ready}: it takes requests. Both without a key. */
final class OperationsRoutes {
    private final BooleanSupplier started;
    private final Drain drain;
    private final Database database;
    private final String node;
    private final InstantSource clock;
    private final List<String> allowedTargets;
    private final boolean allowHttp;

    /**
     * @param started whether all is done that a start does, the first API key among it
     * @param node this node's id
     * @param allowedTargets the hosts and networks of its own that the operator opened to webhooks
     * @param allowHttp whether webhooks may go out unencrypted
     */
    OperationsRoutes(
            BooleanSupplier started,
            Drain drain,
            Database database,
            String node,
            InstantSource clock,
            List<String> allowedTargets,
            boolean allowHttp) {
        this.allowedTargets = List.copyOf(allowedTargets);
        this.allowHttp = allowHttp;
        this.node = node;
        this.clock = clock;
        this.started = started;
        this.drain = drain;
        this.database = database;
    }

    void mount(Routes routes) {
        routes.get("/health", exchange -> exchange.send(200, health())).get("/ready", exchange -> {
            if (!started.getAsBoolean() || drain.isDraining()) {
                var doing = drain.isDraining() ? "stopping" : "starting";
                throw Problem.of(ProblemCode.OVERLOADED, "The server is " + doing + ".")
                        .withRetryAfter(Duration.ofSeconds(2))
                        .exception();
            }
            database.probe(node, clock.millis());
            exchange.send(200, Json.object().put("status", "ready"));
        });
    }

    /** What the operator opened to webhooks is said for all to see: an opening that was forgotten is found here. */
    private ObjectNode health() {
        var health = Json.object().put("status", "ok").put("version", Version.TEXT);
        if (allowHttp || !allowedTargets.isEmpty()) {
            var opened = health.putObject("webhooks");
            allowedTargets.forEach(opened.putArray("allowed_targets")::add);
            opened.put("allow_http", allowHttp);
        }
        return health;
    }
}
