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
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An answer while it arrives. Iterate over it once, by one thread; the last event is {@link StreamEvent.Completed}. A connection that is
 * lost is made again, within the call's deadline and retries, and the answer goes on where it was. A stream that ends otherwise throws:
 * {@link StreamInterruptedException} where it was cut and cannot be gone on with, an {@link ApiStatusException} where the server ended it
 * with an error, {@link ApiTimeoutException} where its time ran out. {@link #text()} keeps what arrived in any case.
 *
 * <p>Closing it early, from any thread, ends the inference at the server, and with it the provider's work.
 */
public final class InferenceStream implements Iterable<StreamEvent>, AutoCloseable {
    private static final int LONGEST_EVENT = 64 * 1024 * 1024;
    private static final Set<String> LAST = Set.of("completed", "error");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
    /** How long leaving waits for the server to hear of it. */
    private static final Duration FAREWELL = Duration.ofSeconds(1);
    /** The same for a call that has failed already: its deadline may be over. */
    private static final Duration SHORT_FAREWELL = Duration.ofMillis(100);

    private final Exchange exchange;
    private final Unheard unheard;
    private final Call call;
    private final boolean keyOfItsOwn;
    private final Deadline deadline;
    private final byte[] bytes = new byte[8192];
    private final Deque<SseEvent> raw = new ArrayDeque<>();
    private SseParser parser = new SseParser(LONGEST_EVENT, raw::add);
    private final Deque<StreamEvent> events = new ArrayDeque<>();
    private final StringBuilder text = new StringBuilder();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile Transport.Response response;
    private volatile @Nullable String id;
    private @Nullable Inference completed;
    private boolean iterated;
    private boolean begun;
    private boolean resumed;
    private String lastId = "";
    private int lost;
    private volatile boolean closed;

    private InferenceStream(
            Exchange exchange,
            Unheard unheard,
            Call call,
            boolean keyOfItsOwn,
            Deadline deadline,
            Transport.Response response) {
        this.exchange = exchange;
        this.unheard = unheard;
        this.call = call;
        this.keyOfItsOwn = keyOfItsOwn;
        this.deadline = deadline;
        this.response = response;
        this.id = response.headers().get("x-aistrale-inference-id");
    }

    /**
     * Returns when the first event is there, so that whatever fails before it fails here and can be tried again.
     *
     * @param keyOfItsOwn whether the caller gave the idempotency key, and so can come back with it
     */
    static InferenceStream open(Exchange exchange, Call call, boolean keyOfItsOwn) {
        var deadline = exchange.deadline(call);
        var unheard = new Unheard(exchange);
        Transport.Response response;
        try {
            response = exchange.retrying(call, deadline, 0, time -> unheard.send(call, time));
        } catch (RuntimeException | Error e) {
            if (call.resumable() && !keyOfItsOwn && unheard.is()) {
                exchange.cancel(Call.cancelByKey(key(call)), SHORT_FAREWELL);
            }
            throw e;
        }
        var stream = new InferenceStream(exchange, unheard, call, keyOfItsOwn, deadline, response);
        stream.begin();
        return stream;
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
            throw new StreamInterruptedException("the stream was closed before it completed", text(), id, null);
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

    /**
     * The inference that answers.
     *
     * @return {@code inf_…}; null where the server does not say
     */
    public @Nullable String id() {
        return id;
    }

    /**
     * Ends the stream, and the inference at the server if it has not completed; else does nothing. Waits a second at most for the server to
     * hear of it, and throws nothing. May be called several times, from any thread.
     */
    @Override
    public void close() {
        closed = true;
        disconnect();
        if (!over.getAndSet(true) && call.resumable()) {
            endAtTheServer(FAREWELL);
        }
    }

    /**
     * Ends the inference at the server, if it has not completed, and the stream. Unlike {@link #close} it tells the server also where the
     * end of the connection would do. Waits a second at most, and throws nothing. May be called from any thread, also while the program
     * ends.
     */
    public void cancel() {
        closed = true;
        if (!over.getAndSet(true)) {
            endAtTheServer(FAREWELL);
        }
        disconnect();
    }

    private void disconnect() {
        try {
            response.close();
        } catch (IOException e) {
            // It was to be given up anyway.
        }
    }

    private void endAtTheServer(Duration patience) {
        var inference = id;
        if (inference != null) {
            exchange.cancel(Call.cancel(inference), patience);
        } else if (!keyOfItsOwn && unheard.is()) {
            exchange.cancel(Call.cancelByKey(key(call)), patience);
        }
    }

    private static String key(Call call) {
        return Objects.requireNonNull(call.headers().get("idempotency-key"));
    }

    /** Nobody reads on. The inference is left running only where somebody can come back for its answer. */
    private void giveUp(Throwable why) {
        disconnect();
        var comesBack = keyOfItsOwn
                && why instanceof AistraleException
                && !Thread.currentThread().isInterrupted();
        if (!over.getAndSet(true) && call.resumable() && !comesBack) {
            endAtTheServer(SHORT_FAREWELL);
        }
    }

    private void begin() {
        try {
            receive();
        } catch (RuntimeException e) {
            giveUp(e);
            throw e;
        }
        fill();
    }

    /** Takes in how an answer begins. */
    private void receive() {
        var type = response.headers().getOrDefault("content-type", "").toLowerCase(Locale.ROOT);
        var now = response.headers().get("x-aistrale-inference-id");
        if (begun && !(type.startsWith("text/event-stream") && (now == null || id == null || now.equals(id)))) {
            throw interrupted("the server began another one", null); // which is never put behind this one
        }
        id = now == null ? id : now;
        if (!type.startsWith("text/event-stream")) {
            try {
                complete(exchange.object(response, "inference", Inference::read));
            } catch (IOException e) {
                comeBack(exchange.lost(e, true));
            }
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
        try {
            while (events.isEmpty() && completed == null) {
                if (raw.isEmpty()) {
                    readMore();
                } else {
                    translate(raw.remove());
                }
            }
            return !events.isEmpty();
        } catch (RuntimeException | Error e) {
            giveUp(e);
            throw e;
        }
    }

    private void readMore() {
        int count;
        try {
            count = response.body().read(bytes, 0, bytes.length);
        } catch (IOException e) {
            comeBack(broken(e));
            return;
        }
        if (count < 0) {
            ended();
            return;
        }
        if (deadline.hasPassed()) {
            throw exchange.timedOut(deadline, null);
        }
        try {
            parser.feed(bytes, 0, count);
        } catch (SseParser.TooLong e) {
            throw interrupted(String.valueOf(e.getMessage()), e);
        }
    }

    /** Without a blank line behind it counts only what ends a stream, and is whole: anything else was cut, or comes again. */
    private void ended() {
        parser.end();
        var last = raw.poll();
        if (last != null && LAST.contains(last.type()) && isJson(last.data())) {
            translate(last);
        } else {
            comeBack(interrupted("it ended", null));
        }
    }

    private static boolean isJson(String text) {
        try {
            Json.parse(text);
            return true;
        } catch (Json.MalformedJson e) {
            return false;
        }
    }

    /** Goes on, on another connection, where this one was lost; or throws what losing it is. */
    private void comeBack(AistraleException why) {
        var possible = call.resumable()
                && !over.get()
                && !Thread.currentThread().isInterrupted()
                && !(begun && lastId.isEmpty());
        again(why, possible ? exchange.retries().pauseAfterLoss(lost) : null);
    }

    private void again(AistraleException why, @Nullable Duration pause) {
        disconnect();
        if (closed || !exchange.waits(pause, deadline) || closed) {
            throw why;
        }
        lost++;
        var rest = begun ? call.with("last-event-id", lastId).asRepeatable() : call;
        try {
            response = exchange.retrying(rest, deadline, lost, time -> unheard.send(rest, time));
        } catch (ApiTimeoutException e) {
            throw e;
        } catch (ApiException e) {
            throw begun ? interrupted("it cannot be gone on with: " + e.getMessage(), e) : e;
        }
        if (closed) {
            throw interrupted("it was closed", null);
        }
        parser = new SseParser(LONGEST_EVENT, raw::add);
        resumed = begun;
        receive();
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
                id,
                cause);
    }

    private void translate(SseEvent event) {
        if (resumed && wasSeen(event)) {
            return;
        }
        if (event.type().equals("error")) {
            failed(exchange.failure(response, event.data()).exception());
            return;
        }
        begun = true;
        lastId = event.lastId().isEmpty() ? lastId : event.lastId();
        lost = 0;
        switch (event.type()) {
            case "delta" -> delta(event);
            case "completed" -> complete(read("inference", event, Inference::read));
            default -> events.add(new StreamEvent.Unknown(event.type(), event.data()));
        }
    }

    /** The server ended it so. As long as nothing came, that is what an answer with this status would be. */
    private void failed(ApiStatusException error) {
        if (begun) {
            over.set(true);
            throw error;
        }
        id = null;
        unheard.ended();
        raw.clear();
        again(error, exchange.retries().pause(error, call, lost));
    }

    /** Events are numbered: one that came before is passed over, and none may be missing. */
    private boolean wasSeen(SseEvent event) {
        if (!NUMBER.matcher(event.lastId()).matches() || !NUMBER.matcher(lastId).matches()) {
            return false;
        }
        var ahead = Long.parseLong(event.lastId()) - Long.parseLong(lastId);
        if (ahead > 1) {
            throw interrupted("the server left out what came after event " + lastId, null);
        }
        return ahead < 1;
    }

    private void complete(Inference whole) {
        completed = whole;
        over.set(true);
        events.add(new StreamEvent.Completed(whole));
    }

    private void delta(SseEvent event) {
        var known = read("delta", event, delta -> {
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

    /** What nobody can read ends the stream: nobody guesses what it was, and asked for again it would come again. */
    private <T> T read(String name, SseEvent event, Function<Fields, T> read) {
        try {
            return read.apply(new Fields(name, Json.parseObject(event.data())));
        } catch (Json.MalformedJson | Fields.Mismatch | ArithmeticException e) {
            throw interrupted("its event \"" + event.type() + "\" cannot be read, " + e.getMessage(), e);
        }
    }
}
