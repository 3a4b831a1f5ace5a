package com.aistrale;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The default transport. One client, with its threads and connections, serves the whole program. */
final class JdkTransport implements Transport {
    private final HttpClient client;

    private JdkTransport(HttpClient client) {
        this.client = client;
    }

    private static final class Shared {
        static final JdkTransport INSTANCE = new JdkTransport(HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofSeconds(10))
                .build());
    }

    static Transport shared() {
        return Shared.INSTANCE;
    }

    @Override
    public Response send(Request request) throws IOException {
        var started = System.nanoTime();
        var body = request.body();
        var patience = shorter(request.timeout(), request.idleTimeout());
        var message = HttpRequest.newBuilder(request.uri())
                .timeout(patience)
                .method(request.method(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        request.headers().forEach(message::header);
        try {
            var answer = client.send(
                    message.build(),
                    info -> new TimedBody(
                            request.idleTimeout(), request.timeout().minusNanos(System.nanoTime() - started)));
            return new Response(answer.statusCode(), headers(answer), answer.body());
        } catch (HttpConnectTimeoutException e) {
            throw new NotConnected("no connection in time", true, e);
        } catch (HttpTimeoutException e) {
            throw (IOException)
                    new SocketTimeoutException("no answer within " + patience.toMillis() + " ms").initCause(e);
        } catch (ConnectException e) {
            var unknown = e.getCause() instanceof UnresolvedAddressException
                    || (e.getCause() != null && e.getCause().getCause() instanceof UnresolvedAddressException);
            throw new NotConnected(
                    unknown ? "unknown host " + request.uri().getHost() : "connection refused", false, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }

    private static Map<String, String> headers(HttpResponse<?> answer) {
        var headers = new HashMap<String, String>();
        answer.headers().map().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
        return headers;
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
