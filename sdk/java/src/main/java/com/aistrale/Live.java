package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import com.aistrale.internal.SseEvent;
import com.aistrale.internal.SseParser;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the server sends as it happens, without an end. A connection that is lost is made again, and goes on behind the last event. Iterated
 * by one thread; closed by any.
 */
final class Live<T> implements Iterator<T>, AutoCloseable {
    private static final int LONGEST_EVENT = 64 * 1024 * 1024;
    private final Exchange exchange;
    private final Exchange patient;
    private final Subject<T> subject;
    private final Watcher watcher;
    private final byte[] bytes = new byte[8192];
    private final Deque<SseEvent> raw = new ArrayDeque<>();
    private SseParser parser = new SseParser(LONGEST_EVENT, raw::add);
    private volatile Transport.Response response;
    private volatile boolean closed;
    private volatile String lastId;
    private @Nullable T next;
    private boolean iterated;

    /**
     * What is listened to.
     *
     * @param name what an event has, for messages
     * @param types which events have one; all others but {@code error} are passed over
     */
    record Subject<T>(String name, String target, Predicate<String> types, Function<Fields, T> read) {}

    /** Who wants to know of connections that are lost and made again. */
    interface Watcher {
        Watcher NOBODY = new Watcher() {
            @Override
            public void lost(ApiException why) {}

            @Override
            public void again() {}
        };

        void lost(ApiException why);

        void again();
    }

    /** @param lastId the event behind which to begin; empty for what happens from now on */
    Live(Exchange exchange, Subject<T> subject, String lastId, Watcher watcher) {
        this.exchange = exchange;
        this.patient = exchange.patient();
        this.subject = subject;
        this.lastId = lastId;
        this.watcher = watcher;
        this.response = connect(exchange);
    }

    /** The id of the last event that was given, or of where the server was; empty before that. */
    String lastId() {
        return lastId;
    }

    /** Itself, once. */
    Iterator<T> iterator() {
        if (iterated) {
            throw new IllegalStateException("a stream can be iterated only once");
        }
        iterated = true;
        return this;
    }

    @Override
    public boolean hasNext() {
        if (next == null) {
            next = await();
        }
        return next != null;
    }

    @Override
    public T next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("the stream was closed");
        }
        var item = next;
        next = null;
        return item;
    }

    /** May be called several times. */
    @Override
    public void close() {
        closed = true;
        try {
            response.close();
        } catch (IOException e) {
            // It was to be given up anyway.
        }
    }

    /** Null once the stream is closed. */
    private @Nullable T await() {
        while (!closed) {
            var event = raw.poll();
            if (event == null) {
                keep(parser.lastId());
                readMore();
                continue;
            }
            keep(event.lastId());
            if (event.type().equals("error")) {
                refused(exchange.failure(response, event.data()).exception());
            } else if (subject.types().test(event.type())) {
                return exchange.read(json(event), subject.read());
            }
        }
        return null;
    }

    private void keep(String id) {
        lastId = id.isEmpty() ? lastId : id;
    }

    private void readMore() {
        IOException why;
        try {
            var count = response.body().read(bytes, 0, bytes.length);
            if (count >= 0) {
                parser.feed(bytes, 0, count);
                return;
            }
            why = new IOException("the server ended the stream");
        } catch (SseParser.TooLong e) {
            throw new ApiException(e.getMessage() + " (" + exchange.url() + ")", e);
        } catch (IOException e) {
            why = e;
        }
        reconnect(exchange.lost(why, true), exchange.retries().backoff(0));
    }

    /** What passes is waited for, as where it is an answer. */
    private void refused(ApiException why) {
        var pause = patient.retries().pause(why, call(), 0);
        if (pause == null) {
            throw why;
        }
        reconnect(why, pause);
    }

    private void reconnect(ApiException why, Duration pause) {
        if (closed) {
            return;
        }
        close(response);
        watcher.lost(why);
        raw.clear();
        parser = new SseParser(LONGEST_EVENT, raw::add);
        exchange.sleep(pause);
        response = connect(patient);
        if (closed) {
            close(); // closed meanwhile, by another thread that knew only the connection before
            return;
        }
        watcher.again();
    }

    private static void close(Transport.Response response) {
        try {
            response.close();
        } catch (IOException e) {
            // It is lost already.
        }
    }

    private Call call() {
        var call = Call.get(subject.target())
                .within(AistraleBuilder.A_HUNDRED_YEARS)
                .with("accept", "text/event-stream");
        return lastId.isEmpty() ? call : call.with("last-event-id", lastId);
    }

    private Transport.Response connect(Exchange by) {
        var call = call();
        return by.retrying(call, deadline -> by.send(call, deadline));
    }

    private Fields json(SseEvent event) {
        try {
            return new Fields(subject.name(), Json.parseObject(event.data()));
        } catch (Json.MalformedJson e) {
            throw new ApiException("an event of the stream from " + exchange.url() + " is " + e.getMessage(), e);
        }
    }
}
