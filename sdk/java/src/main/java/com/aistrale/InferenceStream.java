package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import com.aistrale.internal.SseEvent;
import com.aistrale.internal.SseParser;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * An answer while it arrives. Iterate over it once, by one thread; the last event is {@link StreamEvent.Completed}. A stream that ends
 * otherwise throws: {@link StreamInterruptedException} where it was cut, an {@link ApiStatusException} where the server ended it with an
 * error, {@link ApiTimeoutException} where its time ran out. {@link #text()} keeps what arrived in any case.
 *
 * <p>Closing it early, from any thread, ends the connection, and with it the provider's work.
 */
public final class InferenceStream implements Iterable<StreamEvent>, AutoCloseable {
    private static final int LONGEST_EVENT = 64 * 1024 * 1024;
    private final Exchange exchange;
    private final Transport.Response response;
    private final Deadline deadline;
    private final byte[] bytes = new byte[8192];
    private final Deque<SseEvent> raw = new ArrayDeque<>();
    private final SseParser parser = new SseParser(LONGEST_EVENT, raw::add);
    private final Deque<StreamEvent> events = new ArrayDeque<>();
    private final StringBuilder text = new StringBuilder();
    private @Nullable Inference completed;
    private boolean iterated;
    private volatile boolean closed;

    private InferenceStream(Exchange exchange, Transport.Response response, Deadline deadline) {
        this.exchange = exchange;
        this.response = response;
        this.deadline = deadline;
    }

    /** Returns when the first event is there, so that whatever fails before it fails here and can be tried again. */
    static InferenceStream open(Exchange exchange, Call call) {
        return exchange.retrying(call, deadline -> {
            var response = exchange.send(call, deadline);
            var stream = new InferenceStream(exchange, response, deadline);
            try {
                stream.begin();
                return stream;
            } catch (RuntimeException e) {
                stream.close();
                throw e;
            }
        });
    }

    /**
     * The events, once. Each step waits for the next one, and throws as the class says.
     *
     * @throws IllegalStateException if they were asked for before
     */
    @Override
    public Iterator<StreamEvent> iterator() {
        if (iterated) {
            throw new IllegalStateException("a stream can be iterated only once");
        }
        iterated = true;
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return fill();
            }

            @Override
            public StreamEvent next() {
                if (!fill()) {
                    throw new NoSuchElementException("the stream has completed");
                }
                return take();
            }
        };
    }

    /**
     * Reads on to the end, if it is not reached yet, and closes the stream.
     *
     * @return the whole answer
     * @throws AistraleException if the stream does not complete, as the class says
     */
    public Inference finalInference() {
        try (this) {
            while (completed == null && fill()) {
                take();
            }
            while (!events.isEmpty()) {
                take();
            }
        }
        if (completed == null) {
            throw new StreamInterruptedException("the stream was closed before it completed", text(), null);
        }
        return completed;
    }

    /**
     * The text that was given out so far.
     *
     * @return never null; after an error it is all that arrived
     */
    public String text() {
        return text.toString();
    }

    /** Ends the connection, if the stream has not completed; else does nothing. May be called several times, from any thread. */
    @Override
    public void close() {
        closed = true;
        try {
            response.close();
        } catch (IOException e) {
            // It was to be given up anyway.
        }
    }

    private void begin() {
        var type = response.headers().getOrDefault("content-type", "");
        if (type.startsWith("application/json")) {
            try {
                complete(exchange.object(response, "inference"));
            } catch (IOException e) {
                throw exchange.lost(e, true);
            }
        } else if (type.startsWith("text/event-stream")) {
            fill();
        } else {
            throw new ApiException(
                    exchange.url() + " answered with \"" + type + "\" and not as AISTRALE does: is a proxy in between?",
                    null);
        }
    }

    private StreamEvent take() {
        var event = events.remove();
        if (event instanceof StreamEvent.Text delta) {
            text.append(delta.text());
        }
        return event;
    }

    /** Whether there is a next event; waits for it. */
    private boolean fill() {
        while (events.isEmpty() && completed == null) {
            if (raw.isEmpty()) {
                readMore();
            } else {
                translate(raw.remove());
            }
        }
        return !events.isEmpty();
    }

    private void readMore() {
        int count;
        try {
            count = response.body().read(bytes, 0, bytes.length);
        } catch (IOException e) {
            throw broken(e);
        }
        if (count < 0) {
            throw interrupted("it ended", null);
        }
        if (deadline.hasPassed()) {
            throw exchange.timedOut(deadline, null);
        }
        try {
            parser.feed(bytes, 0, count);
        } catch (SseParser.TooLong e) {
            throw new ApiException(e.getMessage() + " (" + exchange.url() + ")", e);
        }
    }

    private AistraleException broken(IOException cause) {
        if (closed) {
            return interrupted("it was closed", cause);
        }
        var lost = exchange.lost(cause, true);
        return lost instanceof ApiTimeoutException ? lost : interrupted(String.valueOf(cause.getMessage()), cause);
    }

    private StreamInterruptedException interrupted(String why, @Nullable Throwable cause) {
        return new StreamInterruptedException(
                "the stream from " + exchange.url() + " broke off before the answer was complete (" + why + "), after "
                        + text.length() + " characters: the record of the inference says what became of it",
                text(),
                cause);
    }

    private void translate(SseEvent event) {
        switch (event.type()) {
            case "delta" -> delta(event);
            case "completed" -> complete(new Fields("inference", json(event)));
            case "error" -> throw exchange.failure(response, event.data()).exception();
            default -> events.add(new StreamEvent.Unknown(event.type(), event.data()));
        }
    }

    private void complete(Fields inference) {
        var whole = exchange.read(inference, Inference::read);
        completed = whole;
        events.add(new StreamEvent.Completed(whole));
    }

    private void delta(SseEvent event) {
        var fields = new Fields("delta", json(event));
        var known = exchange.read(fields, delta -> {
            var thinking = delta.optionalText("thinking");
            var part = delta.optionalText("text");
            var call = delta.optional("tool_call", InferenceStream::toolCallPart);
            if (thinking != null && !thinking.isEmpty()) {
                events.add(new StreamEvent.Thinking(thinking));
            }
            if (part != null && !part.isEmpty()) {
                events.add(new StreamEvent.Text(part));
            }
            if (call != null) {
                events.add(call);
            }
            return thinking != null || part != null || call != null;
        });
        if (!known) {
            events.add(new StreamEvent.Unknown(event.type(), event.data()));
        }
    }

    private static StreamEvent.ToolCallPart toolCallPart(Fields part) {
        var arguments = part.optionalText("arguments");
        return new StreamEvent.ToolCallPart(
                Math.toIntExact(part.integer("index")),
                part.optionalText("id"),
                part.optionalText("name"),
                arguments == null ? "" : arguments);
    }

    private Map<String, @Nullable Object> json(SseEvent event) {
        try {
            return Json.parseObject(event.data());
        } catch (Json.MalformedJson e) {
            throw new ApiException(
                    "an event \"" + event.type() + "\" of the stream from " + exchange.url() + " is " + e.getMessage(),
                    e);
        }
    }
}
