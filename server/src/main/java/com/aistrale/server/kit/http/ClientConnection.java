package com.aistrale.server.kit.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.socket.HelidonSocket;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The connection on which a request came. A handler that waits long can have it watched: the server then reads ahead on
 * a thread of its own, notices the end of the stream, and keeps what it read for the next request.
 */
public final class ClientConnection {
    private static final ScopedValue<ClientConnection> CURRENT = ScopedValue.newInstance();

    private final HelidonSocket socket;
    private final DataReader reader;
    private @Nullable CompletableFuture<byte @Nullable []> ahead;

    /** Tells who watches; anew for each request. */
    private Cancellation gone = new Cancellation();

    ClientConnection(HelidonSocket socket) {
        this.socket = socket;
        this.reader = DataReader.create(this::next);
    }

    /** The connection of the request that the current thread handles. */
    public static ClientConnection current() {
        return CURRENT.get();
    }

    static ScopedValue<ClientConnection> scope() {
        return CURRENT;
    }

    DataReader reader() {
        return reader;
    }

    /**
     * From now until the next request is read, runs {@code gone} once when the client closes the connection or its
     * sending side. To be called after the request's body was read; who calls it again in a request is told too.
     */
    public void watch(Runnable gone) {
        CompletableFuture<byte @Nullable []> reading;
        Cancellation telling;
        boolean watched;
        synchronized (this) {
            watched = ahead != null;
            reading = ahead == null ? new CompletableFuture<>() : ahead;
            ahead = reading;
            telling = this.gone;
        }
        telling.onCancel(gone);
        if (watched) {
            return;
        }
        Thread.ofVirtual().name("client-watch").start(() -> {
            byte[] bytes = null;
            try {
                bytes = read();
            } finally {
                reading.complete(bytes);
            }
            if (bytes == null) {
                telling.cancel("the client went away");
            }
        });
    }

    /** Closes the connection, whoever reads or writes on it: a write that waits for the client ends. */
    public void abort() {
        try {
            socket.close();
        } catch (UncheckedIOException alreadyClosed) {
            return;
        }
    }

    /** What the client sends next; null at its end. */
    private byte @Nullable [] next() {
        CompletableFuture<byte @Nullable []> reading;
        synchronized (this) {
            reading = ahead;
            if (reading != null) {
                ahead = null;
                gone = new Cancellation();
            }
        }
        if (reading == null) {
            return read();
        }
        try {
            return reading.get();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private byte @Nullable [] read() {
        try {
            return socket.get();
        } catch (UncheckedIOException closed) {
            return null;
        }
    }
}
