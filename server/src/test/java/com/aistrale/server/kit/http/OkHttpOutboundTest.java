package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OkHttpOutboundTest {
    private static final String HELLO = RawServer.json("{\"hello\":1}");

    private final AtomicLong clock = new AtomicLong();
    private final OkHttpOutbound outbound = new OkHttpOutbound("aistrale/test", () -> System.nanoTime() + clock.get());
    private final Cancellation cancellation = new Cancellation();

    @AfterEach
    void close() {
        outbound.close();
    }

    @Test
    void sendsWhatItWasGivenAndAsksForNoCompression() throws IOException {
        try (var server = RawServer.answering(HELLO)) {
            try (var response = outbound.send(post(server.url() + "/v1/x", Duration.ofSeconds(10)))) {
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.header("Content-Type")).isEqualTo("application/json");
                assertThat(response.header("x-none")).isNull();
                assertThat(response.bytes()).asString(StandardCharsets.UTF_8).isEqualTo("{\"hello\":1}");
            }
            assertThat(server.requests()).hasSize(1);
            var lines = server.requests().getFirst().split("\r\n");
            assertThat(lines[0]).isEqualTo("POST /v1/x HTTP/1.1");
            assertThat(lines[lines.length - 1]).isEqualTo("{\"q\":1}");
            assertThat(lines)
                    .contains(
                            "user-agent: aistrale/test",
                            "accept-encoding: identity",
                            "authorization: Bearer sk-1",
                            "content-type: application/json",
                            "Content-Length: 7");
        }
    }

    @Test
    void usesAConnectionAgain() throws IOException {
        try (var server = RawServer.answering(HELLO)) {
            call(server);
            call(server);
            assertThat(server.requests()).hasSize(2);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void keepsMoreThanFiveIdleConnections() throws Exception {
        int calls = 12;
        var together = new CyclicBarrier(calls);
        var script = (RawServer.Script) line -> {
            while (line.request() != null) {
                together.await();
                line.write(HELLO);
            }
        };
        try (var server = new RawServer(script);
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 2; round++) {
                var running = new ArrayList<Future<?>>();
                for (int i = 0; i < calls; i++) {
                    running.add(executor.submit(() -> {
                        call(server);
                        return null;
                    }));
                }
                for (var each : running) {
                    each.get();
                }
            }
            assertThat(server.connections()).isEqualTo(calls);
        }
    }

    /** The server's idle timeout, or its restart: the POST must arrive once, on a new connection. */
    @Test
    void anIdleConnectionThatTheServerClosedIsNotUsed() throws Exception {
        var script = (RawServer.Script) line -> {
            line.request();
            line.write(HELLO);
            if (line.number() > 1) {
                line.awaitEnd();
            }
        };
        try (var server = new RawServer(script)) {
            call(server);
            await().until(() -> server.ended() == 1);
            rest(Duration.ofSeconds(5));
            call(server);
            assertThat(server.requests()).hasSize(2);
            assertThat(server.connections()).isEqualTo(2);
            assertThat(outbound.connections()).isEqualTo(1);
        }
    }

    @Test
    void manyClosedConnectionsAreNoMoreThanOne() throws Exception {
        int many = 8;
        var together = new CyclicBarrier(many);
        var script = (RawServer.Script) line -> {
            line.request();
            if (line.number() <= many) {
                together.await();
                line.write(HELLO);
                return;
            }
            line.write(HELLO);
            line.awaitEnd();
        };
        try (var server = new RawServer(script)) {
            try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < many; i++) {
                    executor.execute(() -> callUnchecked(server));
                }
            }
            await().until(() -> server.ended() == many);
            rest(Duration.ofSeconds(5));
            call(server);
            assertThat(server.requests()).hasSize(many + 1);
            assertThat(server.connections()).isEqualTo(many + 1);
        }
    }

    @Test
    void anIdleConnectionThatStandsIsUsed() throws IOException {
        try (var server = RawServer.answering(HELLO)) {
            call(server);
            rest(Duration.ofSeconds(30));
            call(server);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aConnectionIsGivenUpBeforeTheServersAnnouncedTimeout() throws IOException {
        var keepAlive = RawServer.response("200 OK", "keep-alive: timeout=5\r\n", "{}");
        try (var server = RawServer.answering(keepAlive)) {
            call(server);
            rest(Duration.ofMillis(3500));
            call(server);
            assertThat(server.connections()).isEqualTo(1);
            rest(Duration.ofMillis(4500));
            call(server);
            assertThat(server.connections()).isEqualTo(2);
            assertThat(server.requests()).hasSize(3);
        }
    }

    /** Such as Python's {@code http.server}: it closes behind its answer, and does not say so. */
    @ParameterizedTest
    @CsvSource({"HTTP/1.0, '', 2", "HTTP/1.0, keep-alive, 1", "HTTP/1.1, '', 1"})
    void aConnectionIsUsedAgainAsItsVersionHasIt(String version, String connection, int connections)
            throws IOException {
        var header = connection.isEmpty() ? "" : "connection: " + connection + "\r\n";
        var answer = RawServer.response("200 OK", header, "{}").replace("HTTP/1.1", version);
        try (var server = RawServer.answering(answer)) {
            call(server);
            call(server);
            assertThat(server.connections()).isEqualTo(connections);
            assertThat(server.requests()).hasSize(2);
        }
    }

    /** It may have been processed: whoever sent it twice would pay twice. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whatArrivedAndWasNotAnsweredIsNotSentAgain(int answeredBefore) throws IOException {
        var script = (RawServer.Script) line -> {
            for (int i = 0; i < answeredBefore; i++) {
                line.request();
                line.write(HELLO);
            }
            line.request();
        };
        try (var server = new RawServer(script)) {
            for (int i = 0; i < answeredBefore; i++) {
                call(server);
            }
            assertThatThrownBy(() -> call(server))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOfAny(Outbound.Unreachable.class, Outbound.TimedOut.class, Outbound.Cancelled.class);
            assertThat(server.requests()).hasSize(answeredBefore + 1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "503 Service Unavailable|retry-after: 0\r\n",
                "408 Request Timeout|",
                "307 Temporary Redirect|location: /elsewhere\r\n",
                "401 Unauthorized|www-authenticate: Basic realm=x\r\n"
            })
    void noAnswerMakesItSendAgain(String answer) throws IOException {
        var status = answer.substring(0, answer.indexOf('|'));
        var headers = answer.substring(answer.indexOf('|') + 1);
        try (var server = RawServer.answering(RawServer.response(status, headers, "{}"));
                var response = outbound.send(post(server.url(), Duration.ofSeconds(10)))) {
            assertThat(status).startsWith(Integer.toString(response.status()));
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void whatIsThereCanBeReadAtOnce() throws Exception {
        var seen = new CountDownLatch(1);
        var script = (RawServer.Script) line -> {
            line.request();
            line.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            line.chunk("data: 1\n\n");
            seen.await(); // the first event must be read before the second is written
            line.chunk("data: 2\n\n");
            line.write("0\r\n\r\n");
            line.awaitEnd();
        };
        try (var server = new RawServer(script);
                var response = outbound.send(post(server.url(), Duration.ofSeconds(10)))) {
            var events = new ServerSentEvents(response.stream());
            assertThat(events.next()).isEqualTo(new ServerSentEvents.Event("message", "1", null));
            seen.countDown();
            assertThat(events.next()).isEqualTo(new ServerSentEvents.Event("message", "2", null));
            assertThat(events.next()).isNull();
        }
    }

    @Test
    void theDeadlineHoldsForTheHead() throws IOException {
        try (var server = new RawServer(line -> {
            line.request();
            line.awaitEnd();
        })) {
            assertThatThrownBy(() -> outbound.send(post(server.url(), Duration.ofMillis(50))))
                    .isInstanceOf(Outbound.TimedOut.class)
                    .hasMessage("no whole answer within 50 ms");
        }
    }

    @Test
    void theDeadlineHoldsForTheBody() throws IOException {
        var script = (RawServer.Script) line -> {
            line.request();
            line.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345");
            line.awaitEnd();
        };
        try (var server = new RawServer(script);
                var response = outbound.send(post(server.url(), Duration.ofMillis(300)))) {
            assertThatThrownBy(response::bytes).isInstanceOf(Outbound.TimedOut.class);
        }
    }

    @Test
    void cancelWhileWaitingForTheHead() throws IOException {
        var script = (RawServer.Script) line -> {
            line.request();
            cancellation.cancel("the client went away");
            line.awaitEnd();
        };
        try (var server = new RawServer(script)) {
            assertThatThrownBy(() -> outbound.send(post(server.url(), Duration.ofSeconds(10))))
                    .isInstanceOf(Outbound.Cancelled.class)
                    .hasMessage("the call was cancelled: the client went away");
        }
    }

    @Test
    void cancelWhileReadingTheBodyIsSeenByTheServer() throws Exception {
        var ended = new CountDownLatch(1);
        var script = (RawServer.Script) line -> {
            line.request();
            line.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345");
            try {
                line.awaitEnd();
            } finally {
                ended.countDown();
            }
        };
        try (var server = new RawServer(script);
                var response = outbound.send(post(server.url(), Duration.ofSeconds(10)))) {
            var in = response.stream();
            assertThat(in.readNBytes(5)).hasSize(5);
            Thread.ofVirtual().start(() -> cancellation.cancel("enough"));
            assertThatThrownBy(in::read).isInstanceOf(Outbound.Cancelled.class);
            ended.await();
        }
    }

    @Test
    void whatWasCancelledBeforeIsNotSent() throws IOException {
        try (var server = RawServer.answering(HELLO)) {
            cancellation.cancel("too late");
            assertThatThrownBy(() -> call(server)).isInstanceOf(Outbound.Cancelled.class);
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void aBodyCutShortIsAnError() throws IOException {
        var script = (RawServer.Script) line -> {
            line.request();
            line.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345");
        };
        try (var server = new RawServer(script);
                var response = outbound.send(post(server.url(), Duration.ofSeconds(10)))) {
            assertThat(catchThrowable(response::bytes))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOfAny(Outbound.TimedOut.class, Outbound.Cancelled.class);
        }
    }

    @Test
    void nobodyListens() throws IOException {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThatThrownBy(() -> outbound.send(post("http://127.0.0.1:" + port, Duration.ofSeconds(10))))
                .isInstanceOf(Outbound.Unreachable.class)
                .hasMessage("Connection refused");
    }

    @Test
    void noSuchHost() {
        assertThatThrownBy(() -> outbound.send(post("http://nowhere.invalid", Duration.ofSeconds(60))))
                .isInstanceOf(Outbound.Unreachable.class)
                .hasMessageStartingWith("the host name is not known");
    }

    @Test
    void aFailedHandshakeMeansNothingWasSent() throws IOException {
        var script = (RawServer.Script) line -> line.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        try (var server = new RawServer(script)) {
            var url = server.url().replace("http:", "https:");
            assertThatThrownBy(() -> outbound.send(post(url, Duration.ofSeconds(10))))
                    .isInstanceOf(Outbound.Unreachable.class);
            assertThat(server.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ftp://x", "127.0.0.1:80"})
    void notAUrl(String url) {
        assertThatThrownBy(() -> outbound.send(post(url, Duration.ofSeconds(10))))
                .isInstanceOf(Outbound.Unreachable.class)
                .hasMessage("not an http or https URL: " + url);
    }

    @Test
    void readsTheServersAnnouncement() {
        assertThat(ReuseGuard.longestRest("timeout=5, max=100")).isEqualTo(4_000_000_000L);
        assertThat(ReuseGuard.longestRest("max=3, timeout=1")).isZero();
        assertThat(ReuseGuard.longestRest("max=3")).isEqualTo(Long.MAX_VALUE);
        assertThat(ReuseGuard.longestRest("timeout=soon")).isEqualTo(Long.MAX_VALUE);
    }

    private void rest(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private void call(RawServer server) throws IOException {
        try (var response = outbound.send(post(server.url(), Duration.ofSeconds(30)))) {
            assertThat(response.status()).isEqualTo(200);
            response.bytes();
        }
    }

    private void callUnchecked(RawServer server) {
        try {
            call(server);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private Outbound.Request post(String url, Duration timeout) {
        return new Outbound.Request(
                "POST",
                url,
                Map.of("authorization", "Bearer sk-1"),
                "{\"q\":1}".getBytes(StandardCharsets.UTF_8),
                timeout,
                cancellation);
    }
}
