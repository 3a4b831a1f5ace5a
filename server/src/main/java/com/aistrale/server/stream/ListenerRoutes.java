package com.aistrale.server.stream;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.events.Events;
import com.aistrale.server.events.Events.Appended;
import com.aistrale.server.events.Position;
import com.aistrale.server.kit.http.ClientConnection;
import com.aistrale.server.kit.http.Drain;
import com.aistrale.server.kit.http.EventStream;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Places;
import com.aistrale.server.kit.http.ProblemJson;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What all streams without an end have in common: how many may listen, where one goes on who was there before, that a
 * silence is covered, a revoked key hears no more, and the end is an honest one. Thread-safe.
 */
public final class ListenerRoutes {
    private static final HeaderName LAST_EVENT_ID = HeaderNames.create("last-event-id");

    /** Tells a client how long to wait before it comes back, and that it is heard. */
    private static final String BEGIN = "retry: 1000\n: listening\n";

    /** Sends one event to the listener. */
    @FunctionalInterface
    public interface Telling {
        /**
         * @param behind where a listener goes on that heard of it
         * @param event its name
         */
        void tell(Position behind, String event, JsonNode data);
    }

    /** What one listener hears of. */
    @FunctionalInterface
    public interface Ear {
        /**
         * Tells, in their order, what the listener asked for.
         *
         * @param events the next ones of all workspaces
         */
        void hear(List<Appended> events, Telling telling);
    }

    private final Feed feed;
    private final Guard guard;
    private final Ticker ticker;
    private final Drain drain;
    private final Places places =
            new Places("listeners", "Close one, or try again later.", 256, 64, Duration.ofSeconds(5));

    public ListenerRoutes(Database database, Events events, Guard guard, Ticker ticker, Drain drain) {
        this.feed = new Feed(database, events);
        this.guard = guard;
        this.ticker = ticker;
        this.drain = drain;
    }

    /** Answers with what comes, until the client leaves, its key is revoked or the server stops. */
    public void answer(Caller caller, Exchange exchange, Ear ear) {
        exchange.requireAcceptable("text/event-stream");
        var from = lastSeen(exchange);
        places.take(caller.workspaceId());
        try {
            follow(exchange, ear, from == null ? feed.end() : from);
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

    private void follow(Exchange exchange, Ear ear, Position from) {
        var client = new Listening(ClientConnection.current(), drain::isDraining, feed::wake);
        var passed = new AtomicReference<@Nullable Position>();
        var events = new EventStream(
                exchange, ticker, client::leave, () -> place(passed.getAndSet(null)) + EventStream.COMMENT);
        ticker.add(client);
        try (events) {
            client.watch();
            client.writing(() -> events.send(BEGIN + "id: " + from + "\n\n"));
            feed.follow(from, () -> isOver(client, exchange), new Feed.Listener() {
                @Override
                public void came(List<Appended> piece) {
                    ear.hear(piece, (behind, event, data) -> {
                        passed.set(null); // it is behind this one
                        var json = Json.text(data);
                        client.writing(
                                () -> events.send("event: " + event + "\nid: " + behind + "\ndata: " + json + "\n\n"));
                    });
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
