package com.aistrale;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What carries requests to the server and answers back: java.net.http unless the builder is given another, for example one with a proxy
 * or a client certificate.
 *
 * <p>Duties: send the request exactly once and never again on its own; follow no redirect; return as soon as the answer's headers are
 * there, with its body still to be read; add no credential. Used by several threads at once.
 */
public interface Transport {
    /**
     * Sends one request.
     *
     * @param request what to send
     * @return the answer, whatever its status; its reader closes it
     * @throws NotConnected if no connection was made, so that the server cannot have seen anything of the request
     * @throws java.net.SocketTimeoutException if the answer took longer than the request allows; reading the body throws it too
     * @throws java.io.InterruptedIOException if the thread was interrupted, whose interrupt status is then set again
     * @throws IOException if the connection was lost
     */
    Response send(Request request) throws IOException;

    /**
     * One request. It prints without its headers and body, because they hold secrets.
     *
     * @param method GET, POST, PUT or DELETE
     * @param uri where to
     * @param headers what to send along, one value each
     * @param body to be sent in UTF-8, null for none
     * @param timeout how long everything up to the body's last byte may take
     * @param idleTimeout how long the server may be silent
     */
    record Request(
            String method,
            URI uri,
            Map<String, String> headers,
            @Nullable String body,
            Duration timeout,
            Duration idleTimeout) {
        @Override
        public String toString() {
            return method + " " + uri;
        }
    }

    /**
     * One answer.
     *
     * @param status the HTTP status
     * @param headers the names in lower case; of a header that came several times the first value
     * @param body what follows, to be read by one thread; closing it from any thread gives up the rest and ends the connection
     */
    record Response(int status, Map<String, String> headers, InputStream body) implements Closeable {
        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    /** No connection was made: nothing was sent. */
    final class NotConnected extends IOException {
        private static final long serialVersionUID = 1;
        private final boolean timedOut;

        /**
         * A connection that did not come about.
         *
         * @param message why, in few words: "connection refused"
         * @param timedOut whether the time for it ran out, rather than that it was refused
         * @param cause what the network said, null for nothing
         */
        public NotConnected(String message, boolean timedOut, @Nullable Throwable cause) {
            super(message, cause);
            this.timedOut = timedOut;
        }

        /**
         * Whether the time for it ran out.
         *
         * @return false where it was refused, or the host is not known
         */
        public boolean timedOut() {
            return timedOut;
        }
    }
}
