package com.aistrale.server.metrics;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.problem.ProblemException;
import io.helidon.http.HeaderNames;
import java.util.List;

/** {@code GET /metrics}: what Prometheus scrapes. */
public final class MetricsRoutes {
    private static final String OPEN_METRICS = "application/openmetrics-text";

    private final Guard guard;
    private final List<Source> sources;

    public MetricsRoutes(Guard guard, List<Source> sources) {
        this.guard = guard;
        this.sources = List.copyOf(sources);
    }

    public void mount(Routes routes) {
        routes.get("/metrics", guard.operator("reads the server's metrics", this::scrape));
    }

    private void scrape(Caller operator, Exchange exchange) {
        exchange.query(List.of()).check();
        var accept = exchange.header(HeaderNames.ACCEPT);
        boolean open = accept != null && accept.contains(OPEN_METRICS);
        var format = open ? Exposition.OPEN_METRICS : Exposition.PROMETHEUS;
        exchange.send(200, format.getContentType(), exposition().text(format));
    }

    /** A figure that is not to be had is left out, which a rule can ask for; the others are wanted all the more then. */
    private Exposition exposition() {
        var exposition = new Exposition();
        for (var source : sources) {
            try {
                source.collect(exposition);
            } catch (ProblemException _) {
                // the 503s that everybody else gets, and their lines in the log, say so
            }
        }
        return exposition;
    }
}
