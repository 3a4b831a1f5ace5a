package com.aistrale.server.kit.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads server-sent events as the WHATWG HTML standard, 9.2, says: lines end with CR, LF or CRLF, a BOM and comments are
 * skipped, data lines are joined with LF, an event that no blank line ended is discarded. One thread.
 */
public final class ServerSentEvents {
    /** A line, or the data of an event, larger than this is no event: 64 MiB. */
    static final int LIMIT = 64 << 20;

    /** @param type {@code message} unless the event says otherwise */
    public record Event(String type, String data, @Nullable String id) {}

    private final InputStream in;
    private byte[] buffer = new byte[8192];
    private int start;
    private int end;
    private boolean first = true;
    private boolean skipLf;
    private @Nullable String lastId;

    public ServerSentEvents(InputStream in) {
        this.in = in;
    }

    /** The next event; null at the end of the stream. */
    public @Nullable Event next() throws IOException {
        String type = "";
        String data = null;
        StringBuilder more = null;
        while (true) {
            var line = line();
            if (line == null) {
                return null;
            }
            if (line.isEmpty()) {
                if (data != null) {
                    return new Event(type.isEmpty() ? "message" : type, more == null ? data : more.toString(), lastId);
                }
                type = "";
                continue;
            }
            int colon = line.indexOf(':');
            var field = colon < 0 ? line : line.substring(0, colon);
            var value = colon < 0 ? "" : line.substring(line.startsWith(" ", colon + 1) ? colon + 2 : colon + 1);
            switch (field) {
                case "data" -> {
                    if (data == null) {
                        data = value;
                    } else {
                        more = (more == null ? new StringBuilder(data) : more)
                                .append('\n')
                                .append(value);
                        if (more.length() > LIMIT) {
                            throw new IOException("an event of the stream is larger than " + LIMIT + " characters");
                        }
                    }
                }
                case "event" -> type = value;
                case "id" -> lastId = value.indexOf('\0') < 0 ? value : lastId;
                default -> {} // `retry`, comments and fields to come
            }
        }
    }

    /** The next line without its end; null when the stream ended, with or without a last unended line. */
    private @Nullable String line() throws IOException {
        int scanned = start;
        while (true) {
            for (int i = scanned; i < end; i++) {
                byte b = buffer[i];
                if (b != '\n' && b != '\r') {
                    continue;
                }
                if (b == '\n' && skipLf && i == start) {
                    skipLf = false;
                    start++;
                    continue;
                }
                skipLf = b == '\r';
                var line = text(start, i);
                start = i + 1;
                return line;
            }
            scanned = end - start;
            if (!fill()) {
                return null;
            }
            scanned += start;
        }
    }

    private String text(int from, int to) {
        if (first) {
            first = false;
            if (to - from >= 3
                    && buffer[from] == (byte) 0xEF
                    && buffer[from + 1] == (byte) 0xBB
                    && buffer[from + 2] == (byte) 0xBF) {
                from += 3;
            }
        }
        return new String(buffer, from, to - from, StandardCharsets.UTF_8);
    }

    private boolean fill() throws IOException {
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        if (end == buffer.length) {
            if (buffer.length >= LIMIT) {
                throw new IOException("a line of the stream is longer than " + LIMIT + " bytes");
            }
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        int read = in.read(buffer, end, buffer.length - end);
        if (read < 0) {
            return false;
        }
        end += read;
        return true;
    }
}
