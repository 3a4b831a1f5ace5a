package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import com.aistrale.internal.SseEvent;
import com.aistrale.internal.SseParser;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Records as their inferences end. Iterate over it once, by one thread; each step waits for the next record, and throws an {@link
 * AistraleException} where the connection was lost and cannot be made again. It ends only when it is closed, from any thread.
 */
public final class TelemetryStream implements Iterable<InferenceRecord>, AutoCloseable {
    private static final int LONGEST_EVENT = 64 * 1024 * 1024;
    private final Exchange exchange;
    private final String target;
    private final byte[] bytes = new byte[8192];
    private final Deque<SseEvent> raw = new ArrayDeque<>();
    private SseParser parser = new SseParser(LONGEST_EVENT, raw::add);
    private volatile Transport.Response response;
    private volatile boolean closed;
    private boolean iterated;
    private String lastId = "";

    private TelemetryStream(Exchange exchange, String target) {
        this.exchange = exchange;
        this.target = target;
        this.response = connect();
    }

    static TelemetryStream open(Exchange exchange, String target) {
        return new TelemetryStream(exchange, target);
    }

    /**
     * The records, once.
     *
     * @throws IllegalStateException if they were asked for before
     */
    @Override
    public Iterator<InferenceRecord> iterator() {
        if (iterated) {
            throw new IllegalStateException("a stream can be iterated only once");
        }
        iterated = true;
        return new Iterator<>() {
            private @Nullable InferenceRecord next;

            @Override
            public boolean hasNext() {
                if (next == null) {
                    next = await();
                }
                return next != null;
            }

            @Override
            public InferenceRecord next() {
                if (!hasNext() || next == null) {
                    throw new NoSuchElementException("the stream was closed");
                }
                var record = next;
                next = null;
                return record;
            }
        };
    }

    /** Ends it. May be called several times, from any thread. */
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
    private @Nullable InferenceRecord await() {
        while (!closed) {
            var event = raw.poll();
            if (event == null) {
                readMore();
                continue;
            }
            lastId = event.lastId().isEmpty() ? lastId : event.lastId();
            if (event.type().equals("error")) {
                throw exchange.failure(response, event.data()).exception();
            }
            if (event.type().equals("inference")) {
                return exchange.read(json(event), InferenceRecord::read);
            }
        }
        return null;
    }

    private void readMore() {
        try {
            var count = response.body().read(bytes, 0, bytes.length);
            if (count >= 0) {
                parser.feed(bytes, 0, count);
                return;
            }
        } catch (SseParser.TooLong e) {
            throw new ApiException(e.getMessage() + " (" + exchange.url() + ")", e);
        } catch (IOException e) {
            // Whatever it was: a new connection goes on, or says why not.
        }
        reconnect();
    }

    private void reconnect() {
        if (!closed) {
            parser = new SseParser(LONGEST_EVENT, raw::add);
            exchange.pauseBeforeReconnecting();
            response = connect();
            if (closed) {
                close(); // closed meanwhile, by another thread that knew only the connection before
            }
        }
    }

    private Transport.Response connect() {
        var call = Call.get(target).within(AistraleBuilder.A_HUNDRED_YEARS).with("accept", "text/event-stream");
        var goesOn = lastId.isEmpty() ? call : call.with("last-event-id", lastId);
        return exchange.retrying(goesOn, deadline -> exchange.send(goesOn, deadline));
    }

    private Fields json(SseEvent event) {
        try {
            return new Fields("record", Json.parseObject(event.data()));
        } catch (Json.MalformedJson e) {
            throw new ApiException("an event of the stream from " + exchange.url() + " is " + e.getMessage(), e);
        }
    }
}
