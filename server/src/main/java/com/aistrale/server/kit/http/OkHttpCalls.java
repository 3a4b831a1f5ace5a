package com.aistrale.server.kit.http;

import com.aistrale.server.kit.memo.Memo;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Calls by OkHttp, as all outbound HTTP of this server is made: HTTP/1.1, no redirects, one deadline over everything, and
 * nothing is ever sent twice. See {@link ReuseGuard} for connections that the other side closed while they were idle,
 * {@link OnceBody} for OkHttp's own repeats. (A GET that is answered 503 with {@code Retry-After: 0} is repeated once.)
 */
final class OkHttpCalls implements AutoCloseable {
    /** Below the 60 s and 75 s after which common load balancers and web servers close; {@link ReuseGuard} does the rest. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(50);

    private static final int IDLE_CONNECTIONS = 256;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** What becomes of an answer whose head is there. */
    interface Answered {
        Outbound.Response of(Response response, Call call, ReuseGuard.Attempt attempt);
    }

    private final Memo<String, Optional<HttpUrl>> urls = new Memo<>(url -> Optional.ofNullable(HttpUrl.parse(url)));
    private final OkHttpClient client;
    private final String userAgent;
    private final LongSupplier nanoTime;

    /**
     * @param userAgent what requests without a {@code user-agent} of their own say
     * @param special what this client has besides
     */
    OkHttpCalls(String userAgent, LongSupplier nanoTime, UnaryOperator<OkHttpClient.Builder> special) {
        this.userAgent = userAgent;
        this.nanoTime = nanoTime;
        this.client = special.apply(new OkHttpClient.Builder()
                        .protocols(List.of(Protocol.HTTP_1_1))
                        .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS))
                        .connectTimeout(CONNECT_TIMEOUT)
                        .readTimeout(Duration.ZERO)
                        .writeTimeout(Duration.ZERO)
                        .callTimeout(Duration.ZERO)
                        .retryOnConnectionFailure(false)
                        .followRedirects(false)
                        .followSslRedirects(false))
                .addNetworkInterceptor(new ReuseGuard(nanoTime))
                .build();
    }

    HttpUrl url(Outbound.Request request) throws Outbound.Unreachable {
        return urls.get(request.url())
                .orElseThrow(() -> new Outbound.Unreachable(
                        "not an http or https URL: " + request.url(), new IOException("no URL")));
    }

    /** @param addresses the only ones it may go to; null: wherever its host's name leads */
    Outbound.Response send(Outbound.Request request, @Nullable List<InetAddress> addresses, Answered answered)
            throws IOException {
        if (request.cancellation().isCancelled()) {
            throw cancelled(request, null);
        }
        var url = url(request);
        long deadline = nanoTime.getAsLong() + request.timeout().toNanos();
        while (true) {
            var attempt = new ReuseGuard.Attempt(addresses);
            var call = client.newCall(outgoing(request, url, attempt));
            call.timeout().timeout(Math.max(1, deadline - nanoTime.getAsLong()), TimeUnit.NANOSECONDS);
            request.cancellation().onCancel(call::cancel);
            try {
                return answered.of(call.execute(), call, attempt);
            } catch (ReuseGuard.Stale stale) {
                // Nothing was sent, and that connection is gone: at the latest a new one does it.
            } catch (IOException broken) {
                throw classified(broken, request, attempt.connected);
            }
        }
    }

    private okhttp3.Request outgoing(Outbound.Request request, HttpUrl url, ReuseGuard.Attempt attempt) {
        var headers = request.headers();
        var outgoing = new okhttp3.Request.Builder().url(url).tag(ReuseGuard.Attempt.class, attempt);
        if (!has(headers, "user-agent")) {
            outgoing.header("user-agent", userAgent);
        }
        if (!has(headers, "accept-encoding")) {
            outgoing.header("accept-encoding", "identity");
        }
        for (var header : headers.entrySet()) {
            outgoing.header(header.getKey(), header.getValue());
        }
        var body = request.body();
        if (body != null && !has(headers, "content-type")) {
            outgoing.header("content-type", "application/json");
        }
        return outgoing.method(request.method(), body == null ? null : new OnceBody(body))
                .build();
    }

    private static boolean has(Map<String, String> headers, String lowerCaseName) {
        if (headers.containsKey(lowerCaseName)) {
            return true;
        }
        for (var name : headers.keySet()) {
            if (name.equalsIgnoreCase(lowerCaseName)) {
                return true;
            }
        }
        return false;
    }

    /** Says what an exception of OkHttp means; {@code connected} tells whether anything can have been sent. */
    static IOException classified(IOException broken, Outbound.Request request, boolean connected) {
        if (request.cancellation().isCancelled()) {
            return cancelled(request, broken);
        }
        if (isDeadline(broken)) {
            return new Outbound.TimedOut(
                    "no whole answer within " + request.timeout().toMillis() + " ms", broken);
        }
        return connected ? broken : new Outbound.Unreachable(unreachable(broken), broken);
    }

    /** OkHttp's own deadline, which is neither a connect timeout nor an interrupted thread. */
    private static boolean isDeadline(IOException broken) {
        return broken instanceof InterruptedIOException
                && !(broken instanceof SocketTimeoutException)
                && !"interrupted".equals(broken.getMessage());
    }

    private static IOException cancelled(Outbound.Request request, @Nullable IOException broken) {
        var reason = "the call was cancelled: " + request.cancellation().reason();
        return new Outbound.Cancelled(
                reason, broken == null ? new IOException("cancelled before it was sent") : broken);
    }

    private static String unreachable(IOException broken) {
        return switch (broken) {
            case UnknownHostException host -> "the host name is not known (" + host.getMessage() + ")";
            case SocketTimeoutException late -> "no connection within " + CONNECT_TIMEOUT.toSeconds() + " s";
            case ConnectException refused -> {
                var cause = refused.getCause();
                yield String.valueOf((cause == null ? refused : cause).getMessage());
            }
            case SSLException tls -> "no secure connection: " + tls.getMessage();
            default -> "no connection: " + broken.getMessage();
        };
    }

    @Override
    public void close() {
        client.dispatcher().cancelAll();
        client.connectionPool().evictAll();
    }

    /** How many connections stand, in use or idle. */
    int connections() {
        return client.connectionPool().connectionCount();
    }
}
