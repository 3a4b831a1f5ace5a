package com.aistrale;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * An export while it arrives. Read it once, by one thread, either its lines or its bytes. One that breaks off throws a {@link
 * StreamInterruptedException}: a cut export never looks like a whole one.
 */
public final class TelemetryExport implements Iterable<String>, AutoCloseable {
    private final Exchange exchange;
    private final Transport.Response response;
    private long bytes;
    private boolean begun;

    private TelemetryExport(Exchange exchange, Transport.Response response) {
        this.exchange = exchange;
        this.response = response;
    }

    static TelemetryExport open(Exchange exchange, Call call) {
        return exchange.retrying(call, deadline -> new TelemetryExport(exchange, exchange.send(call, deadline)));
    }

    /**
     * The lines, once, without their ends. A value in CSV may have line ends of its own in it.
     *
     * @throws IllegalStateException if it was read before
     */
    @Override
    public Iterator<String> iterator() {
        begin();
        var reader = new BufferedReader(new InputStreamReader(response.body(), UTF_8));
        return new Iterator<>() {
            private @Nullable String next;
            private boolean ended;

            @Override
            public boolean hasNext() {
                if (next == null && !ended) {
                    next = line(reader);
                    ended = next == null;
                }
                return next != null;
            }

            @Override
            public String next() {
                if (!hasNext() || next == null) {
                    throw new NoSuchElementException("the export has ended");
                }
                var line = next;
                next = null;
                return line;
            }
        };
    }

    /**
     * Writes all of it as it comes.
     *
     * @param out not closed here
     * @return how many bytes it has
     * @throws IOException if it cannot be written; if it cannot be read that is a {@link StreamInterruptedException}
     * @throws IllegalStateException if it was read before
     */
    public long writeTo(OutputStream out) throws IOException {
        begin();
        var buffer = new byte[64 * 1024];
        for (var count = read(buffer); count >= 0; count = read(buffer)) {
            out.write(buffer, 0, count);
            bytes += count;
        }
        return bytes;
    }

    /** Ends the connection. May be called several times, from any thread. */
    @Override
    public void close() {
        try {
            response.close();
        } catch (IOException e) {
            // It was to be given up anyway.
        }
    }

    private void begin() {
        if (begun) {
            throw new IllegalStateException("an export can be read only once");
        }
        begun = true;
    }

    private int read(byte[] buffer) {
        try {
            return response.body().read(buffer, 0, buffer.length);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private @Nullable String line(BufferedReader reader) {
        try {
            var line = reader.readLine();
            bytes += line == null ? 0 : line.length() + 1;
            return line;
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private StreamInterruptedException broken(IOException cause) {
        return new StreamInterruptedException(
                "the export from " + exchange.url() + " broke off after about " + bytes + " bytes ("
                        + cause.getMessage() + "), so it is not whole: export again",
                "",
                null,
                cause);
    }
}
