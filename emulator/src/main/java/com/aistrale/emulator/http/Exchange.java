package com.aistrale.emulator.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One request's answer on its way out. Every write that finds the client gone throws {@link ClientGone}. Used by one
 * thread.
 */
public final class Exchange {
    private final Socket socket;
    private final OutputStream out;
    private final Departure departure;
    private boolean reusable = true;

    Exchange(Socket socket, OutputStream out, Departure departure) {
        this.socket = socket;
        this.out = out;
        this.departure = departure;
    }

    /** A whole answer with its length. */
    public void whole(int status, Map<String, String> headers, byte[] body) {
        write(concat(head(status, headers, "Content-Length: " + body.length), body));
    }

    /** The head of an answer of that length; the body comes by {@link #write}. */
    public void beginSized(int status, Map<String, String> headers, int length) {
        write(head(status, headers, "Content-Length: " + length));
    }

    /** The head of an answer of unknown length; the body comes by {@link #chunk} and ends with {@link #end}. */
    public void beginChunked(int status, Map<String, String> headers) {
        write(head(status, headers, "Transfer-Encoding: chunked"));
    }

    /** The head of an answer that ends with its connection; the body comes by {@link #write}. */
    public void beginUnsized(int status, Map<String, String> headers) {
        reusable = false;
        write(head(status, headers, "Connection: close"));
    }

    /** The head of an answer without a body, such as 204, or what begins a tunnel. */
    public void bare(int status, Map<String, String> headers) {
        write(head(status, headers, ""));
    }

    public void chunk(byte[] bytes) {
        write(concat((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII), bytes, CRLF));
    }

    public void end() {
        write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    /** Closes the connection as it stands: whatever was promised and not sent never comes. */
    public void cut() {
        reusable = false;
        try {
            socket.close();
        } catch (IOException alreadyClosed) {
            // The connection is gone, which is what was wanted.
        }
    }

    /** Like {@link #cut}, but by a TCP reset. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException alreadyClosed) {
            // Then there is nothing left to reset.
        }
        cut();
    }

    /** Waits so long; throws {@link ClientGone} as soon as the client leaves. */
    public void pause(long millis) {
        try {
            if (millis > 0 && departure.awaited(millis)) {
                throw new ClientGone();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new ClientGone();
        }
    }

    /** Raw bytes of a body begun by {@link #beginSized} or {@link #beginUnsized}. */
    public void write(byte[] bytes) {
        if (departure.happened()) {
            throw new ClientGone();
        }
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException closed) {
            throw new ClientGone();
        }
    }

    boolean reusable() {
        return reusable;
    }

    private static byte[] head(int status, Map<String, String> headers, String framing) {
        StringBuilder head = new StringBuilder(256)
                .append("HTTP/1.1 ")
                .append(status)
                .append(' ')
                .append(Reason.of(status))
                .append("\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append(framing).append(framing.isEmpty() ? "\r\n" : "\r\n\r\n");
        return head.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static final byte[] CRLF = {'\r', '\n'};

    private static byte[] concat(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
