package com.aistrale.server.kit.http;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.Protocol;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a POST from going out on a connection that the other side has closed meanwhile, and knows when something may
 * have been sent.
 *
 * <p>Servers close idle connections, many after 5 s, and all of them when they restart. A request written into such a
 * connection fails, and then nobody can say whether it was processed: it must not be sent again, and the caller would
 * get an error for nothing. OkHttp looks for the other side's end only after 10 s of idleness. So before anything is
 * sent on a connection that rested for a second or longer, this reads from it for a millisecond: the end of the stream,
 * or anything else than silence, means {@link Stale}, and the call goes to another connection. A connection whose server
 * announced {@code Keep-Alive: timeout=n} is given up a second before. What remains is the time a server's close needs to
 * get here, on servers that do not announce theirs; a request lost so fails, as it must.
 *
 * <p>A call that may go to some addresses only does not use a connection to another one either.
 */
final class ReuseGuard implements Interceptor {
    private static final long LOOK_AFTER = Duration.ofSeconds(1).toNanos();
    private static final int LOOK_MILLIS = 1;

    /** The connection turned out closed, or not for this call, before anything was sent on it. */
    static final class Stale extends IOException {
        private static final long serialVersionUID = 1L;

        Stale() {
            super("the idle connection cannot be used");
        }
    }

    /** What is known of one try at one call; travels with it as a tag. */
    static final class Attempt {
        /** Whether a connection stood, so that something may have been sent. */
        volatile boolean connected;

        /** What the answer says, as OkHttp may have been told otherwise; 0 before there is one. */
        volatile int status;

        private final @Nullable List<InetAddress> addresses;
        private volatile @Nullable Line line;

        /** @param addresses the only ones it may go to; null: wherever its host's name leads */
        Attempt(@Nullable List<InetAddress> addresses) {
            this.addresses = addresses;
        }

        private boolean mayUse(Connection connection) {
            return addresses == null
                    || addresses.contains(connection.route().socketAddress().getAddress());
        }

        /** The answer was read or given up. */
        void rests(long now) {
            var used = line;
            if (used != null) {
                used.restsSince = now;
            }
        }
    }

    /** A connection as far as reuse goes. */
    private static final class Line {
        volatile long restsSince;
        volatile long longestRest = Long.MAX_VALUE;
    }

    private final ConcurrentHashMap<Connection, Line> lines = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;

    ReuseGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        var connection = chain.connection();
        var attempt = chain.request().tag(Attempt.class);
        if (connection == null || attempt == null) {
            throw new IllegalStateException("not called as a network interceptor of OkHttpCalls");
        }
        var line = lines.get(connection);
        if (line == null) {
            line = added(connection);
        } else {
            check(connection, line, attempt);
        }
        line.restsSince = nanoTime.getAsLong();
        attempt.line = line;
        attempt.connected = true;
        var response = chain.proceed(chain.request());
        line.longestRest = longestRest(response, line.longestRest);
        attempt.status = response.code();
        // OkHttp throws at a proxy's answer that no proxy gave, which is any server's to give.
        return attempt.status == HttpURLConnection.HTTP_PROXY_AUTH
                ? response.newBuilder().code(HttpURLConnection.HTTP_BAD_REQUEST).build()
                : response;
    }

    /** HTTP/1.0 closes behind each answer unless it says otherwise (RFC 9112, 9.3), which OkHttp does not know. */
    private static long longestRest(Response response, long before) {
        var keepAlive = response.header("keep-alive");
        if (keepAlive != null) {
            return longestRest(keepAlive);
        }
        boolean closes = response.protocol() == Protocol.HTTP_1_0
                && !"keep-alive".equalsIgnoreCase(response.header("connection"));
        return closes ? 0 : before;
    }

    /** Connections come seldom: a good time to forget those that are gone. */
    private Line added(Connection connection) {
        lines.keySet().removeIf(known -> known.socket().isClosed());
        var line = new Line();
        lines.put(connection, line);
        return line;
    }

    private void check(Connection connection, Line line, Attempt attempt) throws IOException {
        long rest = nanoTime.getAsLong() - line.restsSince;
        if (!attempt.mayUse(connection)
                || rest >= line.longestRest
                || (rest >= LOOK_AFTER && !silent(connection.socket()))) {
            lines.remove(connection);
            connection.socket().close();
            throw new Stale();
        }
    }

    /** Whether the other side is still there and has said nothing. */
    private static boolean silent(Socket socket) {
        try {
            int before = socket.getSoTimeout();
            socket.setSoTimeout(LOOK_MILLIS);
            try {
                var _ = socket.getInputStream().read(); // its end, or bytes that nobody asked for
                return false;
            } catch (SocketTimeoutException nothing) {
                return true;
            } finally {
                socket.setSoTimeout(before);
            }
        } catch (IOException gone) {
            return false;
        }
    }

    /** A second less than {@code timeout=n} says, in nanoseconds; no limit when it says nothing. */
    static long longestRest(String keepAlive) {
        int at = keepAlive.indexOf("timeout=");
        if (at < 0) {
            return Long.MAX_VALUE;
        }
        long seconds = 0;
        int digits = 0;
        for (int i = at + "timeout=".length(); i < keepAlive.length() && digits < 9; i++, digits++) {
            char c = keepAlive.charAt(i);
            if (c < '0' || c > '9') {
                break;
            }
            seconds = seconds * 10 + (c - '0');
        }
        return digits == 0
                ? Long.MAX_VALUE
                : Duration.ofSeconds(Math.max(0, seconds - 1)).toNanos();
    }

    /** How many connections are remembered. */
    int size() {
        return lines.size();
    }
}
