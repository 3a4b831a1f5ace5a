package com.aistrale.server.telemetry.summary;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.telemetry.FilterReader;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** {@code GET /api/v1/telemetry/summary}. */
public final class SummaryRoutes {
    /** Each may have groups of a hundred megabytes, and reads for long. */
    private static final int MOST = 4;

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Semaphore places = new Semaphore(MOST, true);
    private final Summaries summaries;
    private final SummaryReader reader;
    private final Guard guard;

    public SummaryRoutes(Database database, Guard guard, InstantSource clock) {
        this.summaries = new Summaries(database);
        this.reader = new SummaryReader(clock);
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/telemetry/summary", guard.with(Role.VIEWER, this::summary));
    }

    private void summary(Caller caller, Exchange exchange) {
        var query = reader.read(exchange.query(SummaryReader.PARAMETERS, FilterReader::isMetadata));
        if (!isAdmitted()) {
            throw Problem.of(
                            ProblemCode.OVERLOADED,
                            "This server counts " + MOST
                                    + " summaries at once, the most it does. Try again in a moment.")
                    .withRetryAfter(RETRY)
                    .exception();
        }
        try {
            exchange.send(200, SummaryJson.of(query, summaries.of(caller.workspaceId(), query)));
        } finally {
            places.release();
        }
    }

    /** A dashboard asks for several at once, most of which take a moment. */
    private boolean isAdmitted() {
        try {
            return places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
