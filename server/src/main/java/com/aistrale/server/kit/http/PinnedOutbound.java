package com.aistrale.server.kit.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * HTTP calls to addresses that the caller has checked, at URLs that others chose: no name is looked up, no proxy asked,
 * no redirect followed, nothing inflated. The URL's host name goes into the Host header and the TLS handshake, and the
 * certificate must be good for it. Whoever reads an answer decides how much of it is read: closing gives the connection
 * up at once when more was to come, and an answer that never gets to the next byte of its body takes no memory.
 * Thread-safe; blocks the calling thread.
 */
public final class PinnedOutbound implements AutoCloseable {
    /** What OkHttp takes for an address, and then asks no resolver. */
    private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F:.]*|[\\d.]+");

    /** So that of two addresses the second has its turn. */
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final OkHttpCalls calls;
    private final LongSupplier nanoTime;

    /** @param userAgent what requests without a {@code user-agent} of their own say */
    public PinnedOutbound(String userAgent) {
        this(userAgent, System::nanoTime, UnaryOperator.identity());
    }

    PinnedOutbound(String userAgent, LongSupplier nanoTime, UnaryOperator<OkHttpClient.Builder> special) {
        this.nanoTime = nanoTime;
        this.calls = new OkHttpCalls(
                userAgent,
                nanoTime,
                client -> special.apply(client.proxy(Proxy.NO_PROXY)
                        .fastFallback(false) // which takes a platform thread for each connect
                        .connectTimeout(CONNECT)
                        .socketFactory(new StepSocket.Factory())
                        .dns(host -> Step.current().addresses())));
    }

    /**
     * Sends to one of the addresses, under the URL's host name, and returns when the head of the answer is there.
     *
     * @throws Outbound.Unreachable when no connection could be made
     * @throws Outbound.TimedOut when the deadline passed; reading the body may throw it too
     * @throws Outbound.Cancelled when cancelled; reading the body may throw it too
     * @throws IOException when the connection broke
     */
    public Outbound.Response send(Outbound.Request request, List<InetAddress> addresses) throws IOException {
        var given = List.copyOf(addresses);
        check(calls.url(request), given);
        return Step.of(
                given,
                () -> calls.send(
                        request,
                        given,
                        (response, call, attempt) -> new Pinned(response, call, request, attempt, given)));
    }

    private static void check(HttpUrl url, List<InetAddress> addresses) throws Outbound.Unreachable {
        if (addresses.isEmpty()) {
            throw new Outbound.Unreachable("no address was given", new IOException("no address"));
        }
        var host = url.host();
        if (ADDRESS.matcher(host).matches() && !addresses.contains(literal(host))) {
            throw new Outbound.Unreachable(
                    "the URL's address is not the one given", new IOException("another address: " + host));
        }
    }

    private static @Nullable InetAddress literal(String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException none) {
            return null;
        }
    }

    @Override
    public void close() {
        calls.close();
    }

    /** How many connections stand, in use or idle. */
    int connections() {
        return calls.connections();
    }

    private final class Pinned implements Outbound.Response {
        private final OkHttpResponse answer;
        private final Call call;
        private final List<InetAddress> addresses;
        private final long length;
        private long read;
        private boolean ended;

        Pinned(
                Response response,
                Call call,
                Outbound.Request request,
                ReuseGuard.Attempt attempt,
                List<InetAddress> addresses) {
            this.answer = new OkHttpResponse(response, request, attempt, nanoTime);
            this.length = response.body().contentLength();
            this.call = call;
            this.addresses = addresses;
        }

        @Override
        public int status() {
            return answer.status();
        }

        @Override
        public @Nullable String header(String name) {
            return answer.header(name);
        }

        @Override
        public byte[] bytes() throws IOException {
            var bytes = stream().readNBytes((int) OkHttpResponse.LIMIT + 1);
            if (bytes.length > OkHttpResponse.LIMIT) {
                throw new IOException("the answer is larger than " + OkHttpResponse.LIMIT + " bytes");
            }
            return bytes;
        }

        @Override
        public InputStream stream() {
            return new Body(answer.stream());
        }

        /** Reads nothing more, not even to save the connection: there may be no end of it. */
        @Override
        public void close() {
            if (!ended && read != length) {
                call.cancel();
            }
            answer.close();
        }

        private final class Body extends InputStream {
            private final InputStream in;

            Body(InputStream in) {
                this.in = in;
            }

            @Override
            public int read() throws IOException {
                return counted(Step.of(addresses, in::read), 1);
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int count = Step.of(addresses, () -> in.read(into, offset, length));
                return counted(count, count);
            }

            private int counted(int result, int count) {
                if (result < 0) {
                    ended = true;
                } else {
                    read += count;
                }
                return result;
            }

            @Override
            public void close() {
                Pinned.this.close();
            }
        }
    }
}
