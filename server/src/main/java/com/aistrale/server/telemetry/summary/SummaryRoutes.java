package com.aistrale.server.telemetry.summary;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.telemetry.FilterReader;
import java.time.InstantSource;

/** {@code GET /api/v1/telemetry/summary}. */
public final class SummaryRoutes {
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
        exchange.send(200, SummaryJson.of(query, summaries.of(caller.workspaceId(), query)));
    }
}
