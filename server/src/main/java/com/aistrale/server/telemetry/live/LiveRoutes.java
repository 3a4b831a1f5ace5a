package com.aistrale.server.telemetry.live;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.events.Arrivals;
import com.aistrale.server.events.Events;
import com.aistrale.server.events.Position;
import com.aistrale.server.kit.http.ClientConnection;
import com.aistrale.server.kit.http.Drain;
import com.aistrale.server.kit.http.EventStream;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Places;
import com.aistrale.server.kit.http.ProblemJson;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.telemetry.FilterReader;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.RecordJson;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.TelemetryFilter;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/telemetry/stream}: server-sent events without an end. */
public final class LiveRoutes {
    private static final HeaderName LAST_EVENT_ID = HeaderNames.create("last-event-id");

    /** Tells a client how long to wait before it comes back, and that it is heard. */
    private static final String BEGIN = "retry: 1000\n: listening\n";

    private final LiveFeed feed;
    private final Guard guard;
    private final FilterReader filters;
    private final Arrivals listeners;
    private final Ticker ticker;
    private final Drain drain;
    private final Places places =
            new Places("listeners", "Close one, or try again later.", 256, 64, Duration.ofSeconds(5));

    public LiveRoutes(
            Database database,
            Events events,
            Telemetry telemetry,
            Guard guard,
            InstantSource clock,
            Ticker ticker,
            Drain drain) {
        this.feed = new LiveFeed(database, events, telemetry);
        this.listeners = events.arrivals();
        this.guard = guard;
        this.filters = new FilterReader(clock);
        this.ticker = ticker;
        this.drain = drain;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/telemetry/stream", guard.with(Role.VIEWER, this::stream));
    }

    private void stream(Caller caller, Exchange exchange) {
        var query = exchange.query(FilterReader.PARAMETERS, FilterReader::isMetadata);
        var filter = filters.live(query);
        query.check();
        exchange.requireAcceptable("text/event-stream");
        var from = lastSeen(exchange);
        places.take(caller.workspaceId());
        try {
            follow(caller, exchange, filter, from == null ? feed.end() : from);
        } finally {
            places.leave(caller.workspaceId());
        }
    }

    private @Nullable Position lastSeen(Exchange exchange) {
        var last = exchange.header(LAST_EVENT_ID);
        if (last == null) {
            return null;
        }
        var position = Position.parse(last)
                .orElseThrow(
                        () -> Problem.invalid("", "`Last-Event-ID: " + last + "` is no id of an event of this stream")
                                .exception());
        if (!feed.isKnown(position)) {
            throw Problem.invalid(
                            "",
                            "`Last-Event-ID: " + last + "` is an id that this database never gave: it was restored or"
                                    + " moved since. Begin without it")
                    .exception();
        }
        return position;
    }

    /** Between two reads: a key that was revoked hears nothing more. */
    private boolean isOver(Listening client, Exchange exchange) {
        if (client.isOver()) {
            return true;
        }
        guard.lookAgain(exchange, Role.VIEWER);
        return false;
    }

    /**
     * So that who comes back does not read again what it did not ask for. With the keep-alive only, as it moves on with
     * the events of all workspaces, and how many these are, and when, is not the listener's to know.
     */
    private static String place(@Nullable Position passed) {
        return passed == null ? "" : "id: " + passed + "\n";
    }

    private void follow(Caller caller, Exchange exchange, TelemetryFilter filter, Position from) {
        var client = new Listening(ClientConnection.current(), drain::isDraining, listeners::signal);
        var passed = new AtomicReference<@Nullable Position>();
        var events = new EventStream(exchange, ticker, client::leave, () -> place(passed.getAndSet(null)));
        ticker.add(client);
        try (events) {
            client.watch();
            client.writing(() -> events.send(BEGIN + "id: " + from + "\n\n"));
            feed.follow(caller.workspaceId(), filter, from, () -> isOver(client, exchange), new LiveFeed.Listener() {
                @Override
                public void ended(InferenceRecord record, Position position) {
                    passed.set(null); // it is behind this one
                    var json = Json.text(RecordJson.of(record));
                    client.writing(() -> events.send("event: inference\nid: " + position + "\ndata: " + json + "\n\n"));
                }

                @Override
                public void passed(Position position) {
                    passed.set(position);
                }
            });
            events.end();
        } catch (ProblemException problem) {
            events.close();
            if (!events.begun()) {
                throw problem;
            }
            client.writing(() -> events.send("event: error\ndata: "
                    + Json.text(ProblemJson.json(problem.problem(), exchange.requestId())) + "\n\n"));
            events.end();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            ticker.remove(client);
        }
    }
}
