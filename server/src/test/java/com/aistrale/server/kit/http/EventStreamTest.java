package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventStreamTest {
    private static final String GET = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final long LATER = EventStream.KEEP_ALIVE.plusMillis(100).toNanos();

    private final AtomicReference<EventStream> stream = new AtomicReference<>();
    private final CountDownLatch open = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch broken = new CountDownLatch(1);
    private final Ticker ticker = new Ticker();
    private volatile String first = "data: 1\n\n";
    private final SmallServer server = new SmallServer(new Routes().get("/events", exchange -> {
        try (var events = new EventStream(exchange, ticker, broken::countDown)) {
            if (!first.isEmpty()) {
                events.send(first);
            }
            stream.set(events);
            open.countDown();
            await(gate);
            if (!events.begun()) {
                throw Problem.of(ProblemCode.PROVIDER_FAILED, "It failed.").exception();
            }
            events.send("data: 2\n\n");
            events.end();
        }
    }));

    @AfterEach
    void close() {
        gate.countDown();
        server.close();
        ticker.close();
    }

    @Test
    void sendsWhatItIsGivenAndAnHonestEnd() throws Exception {
        try (var client = new RawClient(server.port()).send(GET)) {
            assertThat(client.readUntil("data: 1\n\n"))
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("\r\nContent-Type: text/event-stream; charset=utf-8\r\n")
                    .containsIgnoringCase("\r\nTransfer-Encoding: chunked\r\n");
            gate.countDown();
            assertThat(client.readUntil("\r\n0\r\n\r\n"))
                    .contains("data: 2\n\n")
                    .endsWith("\r\n0\r\n\r\n");
            client.send(GET);
            assertThat(client.readUntil("data: 1\n\n")).startsWith("HTTP/1.1 200 ");
        }
    }

    /** So it is where the connection is not to be kept. */
    @Test
    void theEndIsHonestBeforeTheConnectionCloses() throws Exception {
        gate.countDown();
        try (var client = new RawClient(server.port())
                .send("GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
            assertThat(client.readToEnd()).contains("data: 2\n\n").endsWith("\r\n0\r\n\r\n");
        }
    }

    @Test
    void silenceIsCoveredByAComment() throws Exception {
        try (var client = new RawClient(server.port()).send(GET)) {
            client.readUntil("data: 1\n\n");
            open.await();
            stream.get().tick(System.nanoTime() + LATER);
            assertThat(client.readUntil(": keep-alive\n\n")).endsWith(": keep-alive\n\n");
            gate.countDown();
            assertThat(client.readUntil("\r\n0\r\n\r\n")).contains("data: 2\n\n");
        }
    }

    @Test
    void aStreamThatSpeaksNeedsNoComment() throws Exception {
        try (var client = new RawClient(server.port()).send(GET)) {
            client.readUntil("data: 1\n\n");
            open.await();
            stream.get().tick(System.nanoTime() + EventStream.KEEP_ALIVE.toNanos() / 2);
            gate.countDown();
            assertThat(client.readUntil("\r\n0\r\n\r\n")).doesNotContain("keep-alive");
        }
    }

    @Test
    void whatFailsBeforeAnythingWasSentHasItsOwnStatus() throws Exception {
        first = "";
        gate.countDown();
        try (var client = new RawClient(server.port()).send(GET)) {
            assertThat(client.readAnswer()).startsWith("HTTP/1.1 502 ").contains("\"provider_failed\"");
        }
    }

    @Test
    void aCommentBeginsTheStreamToo() throws Exception {
        first = "";
        try (var client = new RawClient(server.port()).send(GET)) {
            open.await();
            stream.get().tick(System.nanoTime() + LATER);
            assertThat(client.readUntil(": keep-alive\n\n")).startsWith("HTTP/1.1 200 ");
            gate.countDown();
            assertThat(client.readUntil("\r\n0\r\n\r\n")).contains("data: 2\n\n");
        }
    }

    @Test
    void noCommentFollowsTheEnd() throws Exception {
        try (var client = new RawClient(server.port()).send(GET)) {
            gate.countDown();
            client.readUntil("\r\n0\r\n\r\n");
            stream.get().tick(System.nanoTime() + LATER);
            Thread.sleep(100);
            client.send(GET.replace("/events", "/none"));
            assertThat(client.readAnswer()).startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void aCommentThatFindsNobodyTellsSo() throws Exception {
        var client = new RawClient(server.port()).send(GET);
        client.readUntil("data: 1\n\n");
        open.await();
        client.reset();
        var later = System.nanoTime();
        for (int i = 0; i < 50 && broken.getCount() > 0; i++) {
            later += LATER;
            stream.get().tick(later);
            broken.await(100, java.util.concurrent.TimeUnit.MILLISECONDS);
        }
        assertThat(broken.getCount()).isZero();
    }

    @Test
    void theTickerLooksByItselfAndForgetsWhatIsRemoved() throws Exception {
        var ticks = new java.util.concurrent.atomic.AtomicInteger();
        Ticker.Ticked counting = now -> ticks.incrementAndGet();
        ticker.add(now -> {
            throw new IllegalStateException("one that fails does not end the others");
        });
        ticker.add(counting);
        org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> ticks.get() >= 3);
        ticker.remove(counting);
        Thread.sleep(2 * Ticker.PERIOD.toMillis());
        int after = ticks.get();
        Thread.sleep(3 * Ticker.PERIOD.toMillis());
        assertThat(ticks).hasValue(after);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException unexpected) {
            throw new AssertionError(unexpected);
        }
    }
}
