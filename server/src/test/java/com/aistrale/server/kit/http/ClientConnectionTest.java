package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Watching a connection for its end loses nothing of what comes on it. */
@Timeout(60)
class ClientConnectionTest {
    private final AtomicInteger gone = new AtomicInteger();
    private final CountDownLatch seen = new CountDownLatch(1);
    private final Semaphore watching = new Semaphore(0);
    private final Semaphore gate = new Semaphore(0);
    private final SmallServer server = new SmallServer(new Routes()
            .post("/slow", exchange -> {
                var body = exchange.jsonBody();
                ClientConnection.current().watch(() -> {
                    gone.incrementAndGet();
                    seen.countDown();
                });
                watching.release();
                gate.acquireUninterruptibly();
                exchange.send(200, body);
            })
            .post("/fast", exchange -> exchange.send(200, exchange.jsonBody())));

    @AfterEach
    void close() {
        gate.release(1000);
        server.close();
    }

    @Test
    void theNextRequestComesThroughThoughItCameEarly() throws Exception {
        try (var client = new RawClient(server.port())) {
            client.post("/slow", "", "{\"n\":1}");
            watching.acquire();
            client.post("/fast", "", "{\"n\":2}").post("/fast", "", "{\"n\":3}");
            Thread.sleep(50); // so that the watch has read it
            gate.release();

            assertThat(client.readAnswer()).endsWith("{\"n\":1}");
            assertThat(client.readAnswer()).endsWith("{\"n\":2}");
            assertThat(client.readAnswer()).endsWith("{\"n\":3}");
        }
        assertThat(gone).hasValue(0);
    }

    @Test
    void theNextRequestComesThroughInPieces() throws Exception {
        try (var client = new RawClient(server.port())) {
            client.post("/slow", "", "{\"n\":1}");
            watching.acquire();
            client.send("POST /fast HTTP/1.1\r\nHo");
            Thread.sleep(50);
            gate.release();
            assertThat(client.readAnswer()).endsWith("{\"n\":1}");

            client.send("st: localhost\r\nContent-Length: 7\r\n\r\n{\"n\"");
            Thread.sleep(20);
            client.send(":2}");
            assertThat(client.readAnswer()).endsWith("{\"n\":2}");
        }
    }

    @Test
    void aConnectionIsWatchedAndReusedAgainAndAgain() throws Exception {
        try (var client = new RawClient(server.port())) {
            for (int i = 0; i < 20; i++) {
                client.post("/slow", "", "{\"n\":" + i + "}");
                watching.acquire();
                gate.release();
                assertThat(client.readAnswer()).startsWith("HTTP/1.1 200 ").endsWith("{\"n\":" + i + "}");
            }
            client.post("/slow", "", "{\"n\":21}");
            watching.acquire();
        }
        assertThat(seen.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(gone).as("the last one only").hasValue(1);
    }

    @Test
    void theEndOfTheConnectionIsToldOnce() throws Exception {
        var client = new RawClient(server.port());
        client.post("/slow", "", "{}");
        watching.acquire();
        assertThat(gone).hasValue(0);
        client.close();

        assertThat(seen.await(10, TimeUnit.SECONDS)).isTrue();
        gate.release();
        Thread.sleep(50);
        assertThat(gone).hasValue(1);
    }

    @Test
    void theEndOfTheSendingSideIsTheEnd() throws Exception {
        try (var client = new RawClient(server.port())) {
            client.post("/slow", "", "{}");
            watching.acquire();
            client.shutdownOutput();

            assertThat(seen.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aWatchedConnectionEndsWhenItsClientAsksForIt() throws Exception {
        try (var client = new RawClient(server.port())) {
            client.post("/slow", "Connection: close\r\n", "{\"n\":1}");
            watching.acquire();
            gate.release();

            assertThat(client.readToEnd()).endsWith("{\"n\":1}");
        }
    }
}
