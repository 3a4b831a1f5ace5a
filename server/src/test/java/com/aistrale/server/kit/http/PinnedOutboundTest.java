package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PinnedOutboundTest {
    private static final String HELLO = RawServer.json("{\"hello\":1}");
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress THERE = InetAddress.ofLiteral("127.0.0.2");
    private static final int HEAD = 64 << 10;

    private final AtomicLong clock = new AtomicLong();
    private final PinnedOutbound outbound =
            new PinnedOutbound("aistrale/test", () -> System.nanoTime() + clock.get(), UnaryOperator.identity());
    private final Cancellation cancellation = new Cancellation();

    @AfterEach
    void close() {
        outbound.close();
    }

    @Test
    void goesToTheGivenAddressUnderTheUrlsName() throws IOException {
        try (var server = RawServer.answering(HELLO)) {
            var url = "http://hooks.invalid:" + server.port() + "/x?y=%0d%0a";
            try (var response = outbound.send(post(url), List.of(HERE))) {
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.header("Content-Type")).isEqualTo("application/json");
                assertThat(response.bytes()).asString(StandardCharsets.UTF_8).isEqualTo("{\"hello\":1}");
            }
            var lines = server.requests().getFirst().split("\r\n");
            assertThat(lines[0]).isEqualTo("POST /x?y=%0d%0a HTTP/1.1");
            assertThat(lines[lines.length - 1]).isEqualTo("{\"q\":1}");
            assertThat(lines)
                    .contains(
                            "Host: hooks.invalid:" + server.port(),
                            "user-agent: aistrale/test",
                            "accept-encoding: identity",
                            "content-type: application/json",
                            "webhook-id: evt_1",
                            "Content-Length: 7");
        }
    }

    @Test
    void usesAConnectionAgainAsLongAsItsAddressIsGiven() throws IOException {
        var echo = (RawServer.Script) line -> {
            while (line.request() != null) {
                line.write(HELLO);
            }
        };
        try (var here = new RawServer(echo, HERE, 0);
                var there = new RawServer(echo, THERE, here.port())) {
            var url = "http://hooks.invalid:" + here.port() + "/";
            call(url, HERE);
            call(url, HERE);
            call(url, THERE, HERE);
            assertThat(here.connections()).isEqualTo(1);
            call(url, THERE);
            assertThat(here.requests()).hasSize(3);
            assertThat(there.requests()).hasSize(1);
            assertThat(outbound.connections()).isEqualTo(1);
            call(url, HERE);
            assertThat(here.connections()).isEqualTo(2);
        }
    }

    @Test
    void triesTheNextAddressWhenOneRefuses() throws IOException {
        try (var server = RawServer.answering(HELLO)) {
            call("http://hooks.invalid:" + server.port() + "/", InetAddress.ofLiteral("127.0.0.9"), HERE);
            assertThat(server.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "[::ffff:127.0.0.1]", "127.1", "0x7f.1", "2130706433", "0177.0.0.1"})
    void anAddressInTheUrlIsCalledOnlyWhenItIsTheOneGiven(String host) throws IOException {
        try (var server = RawServer.answering(HELLO)) {
            assertThatThrownBy(() -> call("http://" + host + ":" + server.port() + "/", THERE))
                    .isInstanceOf(Outbound.Unreachable.class);
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void withoutAnAddressThereIsNoCall() throws IOException {
        try (var server = RawServer.answering(HELLO)) {
            assertThatThrownBy(() -> call("http://localhost:" + server.port() + "/"))
                    .isInstanceOf(Outbound.Unreachable.class)
                    .hasMessage("no address was given");
            assertThat(server.connections()).isZero();
        }
    }

    /** Neither what the JVM was told, nor what its default selector says, nor SOCKS, which plain sockets use by themselves. */
    @Test
    void noProxyIsAsked() throws IOException {
        var selector = ProxySelector.getDefault();
        try (var server = RawServer.answering(HELLO);
                var proxy = RawServer.answering(HELLO)) {
            var properties = Map.of(
                    "http.proxyHost", "127.0.0.1",
                    "http.proxyPort", Integer.toString(proxy.port()),
                    "http.nonProxyHosts", "",
                    "socksProxyHost", "127.0.0.1",
                    "socksProxyPort", Integer.toString(proxy.port()),
                    "socksNonProxyHosts", "");
            try {
                properties.forEach(System::setProperty);
                call("http://hooks.invalid:" + server.port() + "/", HERE);
                ProxySelector.setDefault(new ProxySelector() {
                    @Override
                    public List<Proxy> select(URI uri) {
                        return List.of(new Proxy(Proxy.Type.SOCKS, new java.net.InetSocketAddress(HERE, proxy.port())));
                    }

                    @Override
                    public void connectFailed(URI uri, SocketAddress address, IOException broken) {
                        // Nothing to do.
                    }
                });
                call("http://other.invalid:" + server.port() + "/", HERE);
            } finally {
                properties.keySet().forEach(System::clearProperty);
                ProxySelector.setDefault(selector);
            }
            assertThat(server.requests()).hasSize(2);
            assertThat(proxy.connections()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void noRedirectIsFollowed(int status) throws IOException {
        try (var canary = RawServer.answering(HELLO);
                var server = RawServer.answering(
                        RawServer.response(status + " X", "location: " + canary.url() + "/\r\n", ""));
                var response = outbound.send(post("http://hooks.invalid:" + server.port() + "/"), List.of(HERE))) {
            assertThat(response.status()).isEqualTo(status);
            assertThat(server.requests()).hasSize(1);
            assertThat(canary.connections()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "503 Service Unavailable|retry-after: 0\r\n",
                "408 Request Timeout|",
                "421 Misdirected Request|",
                "401 Unauthorized|www-authenticate: Basic realm=x\r\n",
                "407 Proxy Authentication Required|proxy-authenticate: Basic realm=x\r\n"
            })
    void nothingIsSentTwice(String answer) throws IOException {
        var bar = answer.indexOf('|');
        try (var server = RawServer.answering(
                        RawServer.response(answer.substring(0, bar), answer.substring(bar + 1), ""));
                var response = outbound.send(post("http://hooks.invalid:" + server.port() + "/"), List.of(HERE))) {
            assertThat(answer).startsWith(Integer.toString(response.status()));
            assertThat(server.requests()).hasSize(1);
        }
    }

    /** 256 MiB of zeros in 256 KiB. */
    @Test
    void nothingIsInflated() throws IOException {
        var zipped = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(zipped)) {
            var zeros = new byte[1 << 20];
            for (int i = 0; i < 256; i++) {
                zip.write(zeros);
            }
        }
        var bomb = zipped.toByteArray();
        var script = (RawServer.Script) line -> {
            line.request();
            line.write("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: " + bomb.length + "\r\n\r\n");
            line.write(bomb);
            line.awaitEnd();
        };
        try (var server = new RawServer(script);
                var response = outbound.send(post("http://hooks.invalid:" + server.port() + "/"), List.of(HERE))) {
            assertThat(response.header("content-encoding")).isEqualTo("gzip");
            assertThat(response.stream().readNBytes(HEAD)).isEqualTo(Arrays.copyOf(bomb, HEAD));
        }
    }

    /** Ten gigabytes, with their length or in chunks without end: who has read enough closes, and that is it. */
    @ParameterizedTest
    @ValueSource(strings = {"content-length: 10737418240", "transfer-encoding: chunked", "connection: close"})
    void whatIsTooMuchIsNotRead(String framing) throws IOException {
        var written = new AtomicLong();
        var part = "x".repeat(1 << 16);
        var script = (RawServer.Script) line -> {
            line.request();
            line.write("HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n");
            for (long sent = 0; sent < 10L << 30; sent += part.length()) {
                if (framing.contains("chunked")) {
                    line.chunk(part);
                } else {
                    line.write(part);
                }
                written.addAndGet(part.length());
            }
        };
        try (var server = new RawServer(script)) {
            long from;
            try (var response = outbound.send(post("http://hooks.invalid:" + server.port() + "/"), List.of(HERE))) {
                assertThat(response.stream().readNBytes(HEAD)).hasSize(HEAD);
                from = System.nanoTime();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - from))
                    .isLessThan(Duration.ofMillis(90)); // OkHttp reads on for 100
            await().until(() -> server.ended() == 1);
            assertThat(written.get()).isLessThan(32L << 20); // what two socket buffers hold
            assertThat(outbound.connections()).isZero();
        }
    }

    /** What keeps a reader waiting for the end of a line must not fill its memory. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;|a", // a chunk's size that goes on and on
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na|a", // no line behind a chunk
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n|a: b\r\n", // trailers
                "HTTP/1.1 200 OK\r\n|a: b\r\n",
                "HTTP/1.1 200 |OK",
                "|HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n",
                "|a"
            })
    void linesWithoutEndEndTheCall(String answer) throws IOException {
        var begin = answer.substring(0, answer.indexOf('|'));
        var more = answer.substring(answer.indexOf('|') + 1).repeat(1 << 12);
        var written = new AtomicLong();
        var script = (RawServer.Script) line -> {
            line.request();
            line.write(begin);
            while (true) {
                line.write(more);
                written.addAndGet(more.length());
            }
        };
        try (var server = new RawServer(script)) {
            assertThat(catchThrowable(() -> {
                        try (var response =
                                outbound.send(post("http://hooks.invalid:" + server.port() + "/"), List.of(HERE))) {
                            response.stream().readNBytes(HEAD);
                        }
                    }))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(Outbound.TimedOut.class);
            await().until(() -> server.ended() == 1);
            assertThat(written.get()).isLessThan(32L << 20);
        }
    }

    @Test
    void whatWasReadToItsEndKeepsTheConnection() throws IOException {
        try (var server = RawServer.answering(HELLO)) {
            var url = "http://hooks.invalid:" + server.port() + "/";
            try (var response = outbound.send(post(url), List.of(HERE))) {
                response.stream().readNBytes(HEAD); // sees the end
            }
            try (var response = outbound.send(post(url), List.of(HERE))) {
                assertThat(response.stream().readNBytes(11)).hasSize(11); // has all, and does not look for the end
            }
            call(url, HERE);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aConnectionThatTheReceiverClosedWhileItWasIdleIsNotUsed() throws IOException {
        var script = (RawServer.Script) line -> {
            line.request();
            line.write(HELLO);
            if (line.number() > 1) {
                line.awaitEnd();
            }
        };
        try (var server = new RawServer(script)) {
            var url = "http://hooks.invalid:" + server.port() + "/";
            call(url, HERE);
            await().until(() -> server.ended() == 1);
            clock.addAndGet(Duration.ofSeconds(5).toNanos());
            call(url, HERE);
            assertThat(server.requests()).hasSize(2);
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    /** A byte now and then keeps no call alive: the deadline is for all of it. */
    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nx: ", "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"})
    void theDeadlineHoldsForWhoAnswersByteByByte(String begin) throws IOException {
        var script = (RawServer.Script) line -> {
            line.request();
            line.write(begin);
            while (true) {
                line.write("a");
                Thread.sleep(20);
            }
        };
        try (var server = new RawServer(script)) {
            long from = System.nanoTime();
            assertThatThrownBy(() -> {
                        try (var response = outbound.send(
                                post("http://hooks.invalid:" + server.port() + "/", Duration.ofMillis(400)),
                                List.of(HERE))) {
                            response.stream().readNBytes(HEAD);
                        }
                    })
                    .isInstanceOf(Outbound.TimedOut.class)
                    .hasMessage("no whole answer within 400 ms");
            assertThat(Duration.ofNanos(System.nanoTime() - from))
                    .isBetween(Duration.ofMillis(400), Duration.ofMillis(2000));
            await().until(() -> server.ended() == 1);
        }
    }

    @Test
    void theDeadlineHoldsForTheHandshakeToo() throws IOException {
        try (var server = new RawServer(RawServer.Line::awaitEnd)) {
            assertThatThrownBy(() -> outbound.send(
                            post("https://hooks.invalid:" + server.port() + "/", Duration.ofMillis(300)),
                            List.of(HERE)))
                    .isInstanceOf(Outbound.TimedOut.class);
        }
    }

    /** A receiver that does not read: a body larger than what the sockets hold gets stuck. */
    @Test
    void theDeadlineHoldsForTheRequestToo() throws IOException {
        try (var server = new RawServer(line -> Thread.sleep(10_000))) {
            var large = new Outbound.Request(
                    "POST",
                    "http://hooks.invalid:" + server.port() + "/",
                    Map.of(),
                    new byte[64 << 20],
                    Duration.ofMillis(500),
                    cancellation);
            assertThatThrownBy(() -> outbound.send(large, List.of(HERE))).isInstanceOf(Outbound.TimedOut.class);
        }
    }

    @Test
    void nobodyListens() throws IOException {
        int port;
        try (var free = new ServerSocket(0, 1, HERE)) {
            port = free.getLocalPort();
        }
        assertThatThrownBy(() -> call("http://hooks.invalid:" + port + "/", HERE))
                .isInstanceOf(Outbound.Unreachable.class)
                .hasMessage("Connection refused")
                .hasCauseInstanceOf(ConnectException.class);
    }

    @Test
    void cancelWhileWaiting() throws IOException {
        var script = (RawServer.Script) line -> {
            line.request();
            cancellation.cancel("the server stops");
            line.awaitEnd();
        };
        try (var server = new RawServer(script)) {
            assertThatThrownBy(() -> call("http://hooks.invalid:" + server.port() + "/", HERE))
                    .isInstanceOf(Outbound.Cancelled.class);
        }
    }

    private void call(String url, InetAddress... addresses) throws IOException {
        try (var response = outbound.send(post(url), List.of(addresses))) {
            assertThat(response.status()).isEqualTo(200);
            response.bytes();
        }
    }

    private Outbound.Request post(String url) {
        return post(url, Duration.ofSeconds(30));
    }

    private Outbound.Request post(String url, Duration timeout) {
        return new Outbound.Request(
                "POST",
                url,
                Map.of("webhook-id", "evt_1"),
                "{\"q\":1}".getBytes(StandardCharsets.UTF_8),
                timeout,
                cancellation);
    }
}
