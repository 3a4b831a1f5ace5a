package com.aistrale.server.kit.http;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** HTTP calls to the outside. No redirects, no retries, no cookies. Thread-safe; blocks the calling thread. */
public interface Outbound extends AutoCloseable {

    /**
     * @param body null for GET
     * @param timeout from now to the last byte of the answer
     */
    record Request(
            String method,
            String url,
            Map<String, String> headers,
            byte @Nullable [] body,
            Duration timeout,
            Cancellation cancellation) {}

    /** An answer whose body is still to be read. Closing before its end gives the connection up. */
    interface Response extends AutoCloseable {
        int status();

        /** The header's first value, or null. */
        @Nullable
        String header(String name);

        /** The whole body. */
        byte[] bytes() throws IOException;

        /** The body as it comes. */
        InputStream stream() throws IOException;

        @Override
        void close();
    }

    /** Why no answer, or no whole answer, came: the deadline. */
    final class TimedOut extends IOException {
        private static final long serialVersionUID = 1L;

        public TimedOut(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Why no answer, or no whole answer, came: the call was cancelled. */
    final class Cancelled extends IOException {
        private static final long serialVersionUID = 1L;

        public Cancelled(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** No connection was made, so nothing was sent. */
    final class Unreachable extends IOException {
        private static final long serialVersionUID = 1L;

        public Unreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Sends, and returns when the head of the answer is there.
     *
     * @throws Unreachable when no connection could be made
     * @throws TimedOut when the deadline passed; reading the body may throw it too
     * @throws Cancelled when cancelled; reading the body may throw it too
     * @throws IOException when the connection broke
     */
    Response send(Request request) throws IOException;

    @Override
    void close();
}
