package com.aistrale.server.kit.http;

import io.helidon.webserver.ServerConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes server-sent events. Nothing is sent before the first event, so that a failure until then keeps its own status.
 * When asked to, sends a comment, or what says as little in its format, whenever nothing else was sent for
 * {@link #KEEP_ALIVE}, so that no proxy and no client takes a silent model for a dead one. A slow reader blocks the writer. Thread-safe.
 */
public final class EventStream implements Ticker.Ticked, AutoCloseable {
    /** How long a stream may be silent. */
    public static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

    /** Says nothing, in every format. */
    public static final String COMMENT = ": keep-alive\n\n";

    private final Exchange exchange;
    private final @Nullable Ticker ticker;
    private final Runnable broken;
    private final Supplier<String> whenSilent;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile long lastWrite = System.nanoTime();
    private @Nullable OutputStream out;
    private Runnable beforeHead = () -> {};
    private boolean closed;

    /**
     * @param ticker null for a stream that may be silent
     * @param broken called, once or more, when a keep-alive found the client gone
     */
    public EventStream(Exchange exchange, @Nullable Ticker ticker, Runnable broken) {
        this(exchange, ticker, broken, () -> COMMENT);
    }

    /** @param whenSilent gives what is sent then, in whole events; asked while nothing else can be sent */
    public EventStream(Exchange exchange, @Nullable Ticker ticker, Runnable broken, Supplier<String> whenSilent) {
        this.exchange = exchange;
        this.ticker = ticker;
        this.broken = broken;
        this.whenSilent = whenSilent;
        if (ticker != null) {
            ticker.add(this);
        }
    }

    /** Has {@code action} run once before the answer's head leaves: for headers that are not known sooner. */
    public EventStream beforeHead(Runnable action) {
        lock.lock();
        try {
            beforeHead = action;
        } finally {
            lock.unlock();
        }
        return this;
    }

    /** Whether anything was sent. */
    public boolean begun() {
        lock.lock();
        try {
            return out != null;
        } finally {
            lock.unlock();
        }
    }

    /** Sends whole events as they are to stand on the wire. @throws ClientGone when it takes nothing any more */
    public void send(String events) {
        send(events.getBytes(StandardCharsets.UTF_8));
    }

    /** As {@link #send(String)}, in UTF-8. */
    public void send(byte[] bytes) {
        lock.lock();
        try {
            if (out == null) {
                beforeHead.run();
                out = exchange.stream("text/event-stream; charset=utf-8");
            }
            out.write(bytes);
            out.flush();
            lastWrite = System.nanoTime();
        } catch (IOException | UncheckedIOException | ServerConnectionException gone) {
            throw new ClientGone(gone);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void tick(long nanoTime) {
        if (nanoTime - lastWrite > KEEP_ALIVE.toNanos() && !lock.isLocked()) {
            lastWrite = nanoTime;
            Thread.ofVirtual().name("keep-alive").start(this::keepAlive);
        }
    }

    private void keepAlive() {
        lock.lock();
        try {
            if (!closed) {
                send(whenSilent.get());
            }
        } catch (ClientGone gone) {
            broken.run();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the keep-alive; {@link #end} ends the stream. */
    @Override
    public void close() {
        if (ticker != null) {
            ticker.remove(this);
        }
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** The honest end of the stream: the last chunk of the transfer coding. */
    public void end() {
        close();
        lock.lock();
        try {
            if (out != null) {
                out.close();
            }
        } catch (IOException | UncheckedIOException | ServerConnectionException gone) {
            throw new ClientGone(gone);
        } finally {
            lock.unlock();
        }
    }
}
