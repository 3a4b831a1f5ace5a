package com.aistrale.cli;

import com.aistrale.ApiConnectionException;
import com.aistrale.ApiException;
import com.aistrale.ApiStatusException;
import com.aistrale.Event;
import com.aistrale.EventOptions;
import com.aistrale.EventStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The server's events in their order, read ahead while somebody works on an earlier one, so that the server need not wait. A lost
 * connection is told of, and made again for as long as it takes, behind what came last; only a server that refuses ends it.
 */
final class EventFeed implements AutoCloseable {
    private static final int AHEAD = 1000;
    private static final Duration PAUSE = Duration.ofSeconds(8);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final Duration REMINDER = Duration.ofMinutes(1);
    private final Io io;
    private final Source source;
    private final EventOptions options;
    private final InstantSource clock;
    private final BlockingQueue<Next> read = new ArrayBlockingQueue<>(AHEAD);
    private final Thread reader = new Thread(this::readOn, "aistrale-events");
    private volatile EventStream stream;
    private volatile boolean closed;
    private @Nullable Event last;
    private Instant lostAt = Instant.EPOCH;

    /** What comes next. */
    sealed interface Next {}

    /** @param position behind it */
    record Came(Event event, String position) implements Next {}

    /** Nothing comes any more. */
    record Over(ApiException why) implements Next {}

    /** Where the events are. */
    interface Source {
        String url();

        /** By a client that tries for a while before it gives up. */
        EventStream open(EventOptions options);

        /** By one that tries once. */
        EventStream openOnce(EventOptions options);
    }

    /**
     * Connects.
     *
     * @param types which ones; none for all
     * @param since the position behind which to begin, null for now
     */
    EventFeed(Io io, Source source, List<String> types, @Nullable String since, InstantSource clock) {
        this.io = io;
        this.source = source;
        this.clock = clock;
        this.options = EventOptions.none()
                .types(types.toArray(String[]::new))
                .onDisconnect(this::lost)
                .onReconnect(this::again);
        this.stream = source.open(since == null ? options : options.behind(since));
    }

    void begin() {
        reader.setDaemon(true);
        reader.start();
    }

    Next take() throws InterruptedException {
        return read.take();
    }

    /** How many have come that nobody took. */
    long waiting() {
        return read.stream().filter(Came.class::isInstance).count();
    }

    private void readOn() {
        try {
            while (!closed) {
                follow();
            }
        } catch (ApiException refused) {
            end(refused);
        } catch (InterruptedException e) {
            return; // nobody wants more
        }
    }

    private void follow() throws InterruptedException {
        try (var present = stream) {
            for (var event : present) {
                last = event;
                read.put(new Came(event, String.valueOf(present.lastEventId())));
            }
        } catch (ApiException e) {
            if (!closed) {
                connectAgain(e);
            }
        }
    }

    private void end(ApiException refused) {
        try {
            read.put(new Over(refused));
        } catch (InterruptedException e) {
            return; // nobody wants to know
        }
    }

    /** The stream has tried by itself for a minute: from here on it is told again and again. */
    private void connectAgain(ApiException failed) throws InterruptedException {
        var position = stream.lastEventId();
        var told = Instant.EPOCH;
        for (var why = failed; ; ) {
            if (!mayPass(why)) {
                throw why;
            }
            if (Duration.between(told, clock.instant()).compareTo(REMINDER) >= 0) {
                told = clock.instant();
                io.warn(why(why) + ", since " + Times.local(lostAt) + ". It is tried on; Ctrl-C ends it.");
            }
            Thread.sleep(pause(why));
            try {
                stream = source.openOnce(position == null ? options : options.behind(position));
                again();
                return;
            } catch (ApiException e) {
                why = e;
            }
        }
    }

    private void lost(ApiException why) {
        lostAt = clock.instant();
        if (!closed) {
            io.warn(why(why) + ". Trying again…");
        }
    }

    private void again() {
        io.note("Connected again: it goes on "
                + (last == null ? "where it was." : "behind " + Io.line(last.id()) + "."));
    }

    /** Whether it makes sense to ask again: the server is away, or has too much to do. */
    private static boolean mayPass(ApiException e) {
        return e instanceof ApiConnectionException
                || (e instanceof ApiStatusException answered
                        && (answered.status() >= 500 || answered.status() == 429 || answered.status() == 408));
    }

    private static Duration pause(ApiException why) {
        var asked = why instanceof ApiStatusException answered ? answered.retryAfter() : null;
        if (asked == null || asked.compareTo(PAUSE) < 0) {
            return PAUSE;
        }
        return asked.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : asked;
    }

    private String why(ApiException e) {
        if (e instanceof ApiStatusException answered) {
            return source.url() + " answers " + answered.status()
                    + (answered.code() == null ? "" : " (" + Io.line(answered.code()) + ")");
        }
        return e instanceof ApiConnectionException lost && !lost.mayHaveBeenSent()
                ? "There is no connection to " + source.url()
                : "The connection to " + source.url() + " was lost";
    }

    @Override
    public void close() {
        closed = true;
        reader.interrupt();
        stream.close();
    }
}
