package com.aistrale;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A transport over the JDK's oldest client, for programs that live for one call: it starts 0.4 s sooner than java.net.http. Four
 * things are weaker: {@link Transport.Request#timeout} is only looked at when bytes arrive, an interrupt does not end the waiting, an
 * answer whose head is cut counts as whole, and of a 401 answer to anything but a GET the body is lost, so that the client
 * asks a second time why its key is refused. A GET whose connection is lost before its answer is sent once more at once, as java.net.http
 * does it too.
 */
public final class HttpURLConnectionTransport implements Transport {
    private static final int UNAUTHORIZED = 401;
    private final int connectMillis;

    /** A transport that gives up connecting after ten seconds. */
    public HttpURLConnectionTransport() {
        this(Duration.ofSeconds(10));
    }

    /**
     * A transport with a limit of its own for connecting.
     *
     * @param connectTimeout from 1 ms to 24 days; values outside are brought inside
     */
    public HttpURLConnectionTransport(Duration connectTimeout) {
        this.connectMillis = millis(connectTimeout);
    }

    @Override
    public Response send(Request request) throws IOException {
        var started = System.nanoTime();
        var connection = (HttpURLConnection) request.uri().toURL().openConnection();
        connection.setRequestMethod(request.method());
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout(connectMillis);
        connection.setReadTimeout(Math.min(millis(request.timeout()), millis(request.idleTimeout())));
        request.headers().forEach(connection::setRequestProperty);
        var reads = request.method().equals("GET");
        var body = request.body() == null ? new byte[0] : request.body().getBytes(UTF_8);
        if (!reads) {
            connection.setDoOutput(true);
            // Without a fixed length, this client sends a failed POST or DELETE a second time and says nothing.
            connection.setFixedLengthStreamingMode(body.length);
            if (body.length == 0) {
                connection.setRequestProperty(
                        "content-type", "application/json"); // else it says that nothing is a form
            }
        }
        connect(connection);
        if (!reads) {
            try (var out = connection.getOutputStream()) {
                out.write(body);
            }
        }
        return answer(connection, started + request.timeout().toNanos());
    }

    private static void connect(HttpURLConnection connection) throws IOException {
        try {
            connection.connect();
        } catch (SocketTimeoutException e) {
            throw new NotConnected("no connection in time", true, e);
        } catch (UnknownHostException e) {
            throw new NotConnected("unknown host " + connection.getURL().getHost(), false, e);
        } catch (ConnectException | NoRouteToHostException e) {
            throw new NotConnected(String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT), false, e);
        }
    }

    private static Response answer(HttpURLConnection connection, long deadline) throws IOException {
        int status;
        try {
            connection.getInputStream();
            status = connection.getResponseCode();
        } catch (HttpRetryException e) {
            status = e.responseCode(); // 401 with a fixed length: it wants to ask for a password, and drops the body
        } catch (SocketTimeoutException e) {
            connection.disconnect();
            throw e;
        } catch (IOException e) {
            status = connection.getResponseCode();
            if (connection.getErrorStream() == null && status < 400) {
                throw e;
            }
        }
        if (status <= 0) {
            throw new IOException("the answer is not HTTP");
        }
        var stream = status >= 400 ? connection.getErrorStream() : connection.getInputStream();
        var nothing = stream == null || (status == UNAUTHORIZED && connection.getErrorStream() == null);
        return new Response(
                status,
                headers(connection),
                nothing ? InputStream.nullInputStream() : new Body(connection, stream, deadline));
    }

    private static Map<String, String> headers(HttpURLConnection connection) {
        var headers = new HashMap<String, String>();
        for (var i = 1; ; i++) {
            var name = connection.getHeaderFieldKey(i);
            if (name == null) {
                return headers;
            }
            headers.putIfAbsent(name.toLowerCase(Locale.ROOT), connection.getHeaderField(i));
        }
    }

    private static int millis(Duration duration) {
        var longest = Duration.ofMillis(Integer.MAX_VALUE);
        return duration.compareTo(longest) > 0 ? Integer.MAX_VALUE : (int) Math.max(1, duration.toMillis());
    }

    /**
     * A body that gives no byte when its time is over. Closed before its end it ends its connection; but where all of it is there already,
     * as behind a stream's last event, its connection is kept for the next request.
     */
    private static final class Body extends FilterInputStream {
        private final HttpURLConnection connection;
        private final long deadline;
        private final AtomicBoolean busy = new AtomicBoolean();
        private final AtomicBoolean closed = new AtomicBoolean();

        Body(HttpURLConnection connection, InputStream in, long deadline) {
            super(in);
            this.connection = connection;
            this.deadline = deadline;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            busy.set(true);
            int count;
            try {
                count = in.read(bytes, offset, length);
            } finally {
                busy.set(false);
            }
            if (count > 0 && System.nanoTime() - deadline > 0) {
                throw new SocketTimeoutException("it still arrives when its time is over");
            }
            return count;
        }

        /** What is closed while another thread waits for its bytes would be waited for too: that ends at once. */
        @Override
        public void close() throws IOException {
            if (closed.getAndSet(true)) {
                return; // its connection may carry another request already
            }
            if (busy.compareAndSet(false, true)) {
                in.close(); // takes what is there, without waiting, and ends the connection where that is not the end
            } else {
                connection.disconnect();
            }
        }
    }
}
