package com.aistrale.server.kit.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** An answer of OkHttp's, with the exceptions of {@link Outbound}. */
final class OkHttpResponse implements Outbound.Response {
    /** No answer of a model is larger: 64 MiB. */
    static final long LIMIT = 64L << 20;

    private final Response response;
    private final Outbound.Request request;
    private final ReuseGuard.Attempt attempt;
    private final LongSupplier nanoTime;

    OkHttpResponse(Response response, Outbound.Request request, ReuseGuard.Attempt attempt, LongSupplier nanoTime) {
        this.response = response;
        this.request = request;
        this.attempt = attempt;
        this.nanoTime = nanoTime;
    }

    @Override
    public int status() {
        return attempt.status;
    }

    @Override
    public @Nullable String header(String name) {
        return response.header(name);
    }

    @Override
    public byte[] bytes() throws IOException {
        try {
            var source = response.body().source();
            if (source.request(LIMIT + 1)) {
                throw new IOException("the answer is larger than " + LIMIT + " bytes");
            }
            return source.getBuffer().readByteArray();
        } catch (IOException broken) {
            throw OkHttpCalls.classified(broken, request, true);
        }
    }

    @Override
    public InputStream stream() {
        return new Body(response.body().byteStream());
    }

    /** OkHttp keeps the connection when the rest of the body comes within 100 ms, and gives it up otherwise. */
    @Override
    public void close() {
        response.close();
        attempt.rests(nanoTime.getAsLong());
    }

    /** Hands over what is there, at once: okio reads no further ahead than one read of the socket. */
    private final class Body extends InputStream {
        private final InputStream in;

        Body(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            try {
                return in.read();
            } catch (IOException broken) {
                throw OkHttpCalls.classified(broken, request, true);
            }
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0; // okio would wait for a byte
            }
            try {
                return in.read(into, offset, length);
            } catch (IOException broken) {
                throw OkHttpCalls.classified(broken, request, true);
            }
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public void close() {
            OkHttpResponse.this.close();
        }
    }
}
