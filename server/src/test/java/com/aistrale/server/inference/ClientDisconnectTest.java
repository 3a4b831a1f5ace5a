package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.LogCapture;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.http.RawServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A client that goes away: its upstream call ends, the record says so, and nobody is alarmed. */
@Timeout(60)
class ClientDisconnectTest {
    private static final String NATIVE = "/api/v1/inferences";
    private static final String OPENAI = "/v1/chat/completions";
    private static final String PLAIN = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}";
    private static final String STREAM = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"stream\":true}";
    private static final String OPENAI_PLAIN =
            "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String OPENAI_STREAM = OPENAI_PLAIN.replace("}]}", "}],\"stream\":true}");

    @TempDir
    Path folder;

    private final LogCapture log = new LogCapture();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch left = new CountDownLatch(1);
    private final AtomicReference<Boolean> speaks = new AtomicReference<>(false);
    private RawServer upstream;
    private TestServer server;

    /** A provider that answers nothing, or a stream's first word, and then waits until it is left. */
    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            line.request();
            if (speaks.get()) {
                OpenAiUpstream.beginStream(line);
                line.chunk(OpenAiUpstream.delta("Once upon a time"));
            }
            asked.countDown();
            try {
                line.awaitEnd();
            } finally {
                left.countDown();
            }
        });
        server = TestServer.in(folder).openAi(upstream.url()).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
        log.close();
    }

    @Test
    void closingEndsAPlainCall() throws Exception {
        var client = post(NATIVE, PLAIN);
        asked.await();
        client.close();
        isCancelled(false);
    }

    @Test
    void resettingEndsAPlainCall() throws Exception {
        var client = post(NATIVE, PLAIN);
        asked.await();
        client.reset();
        isCancelled(false);
    }

    @Test
    void closingEndsAStreamThatHasNotBegun() throws Exception {
        var client = post(NATIVE, STREAM);
        asked.await();
        client.close();
        isCancelled(false);
    }

    @Test
    void closingEndsAStreamInItsMiddle() throws Exception {
        speaks.set(true);
        var client = post(NATIVE, STREAM);
        client.readUntil("Once upon a time");
        client.close();
        isCancelled(true);
    }

    @Test
    void closingEndsAPlainCallOfOpenAisFormat() throws Exception {
        var client = post(OPENAI, OPENAI_PLAIN);
        asked.await();
        client.close();
        isCancelled(false);
    }

    @Test
    void closingEndsAStreamOfOpenAisFormat() throws Exception {
        speaks.set(true);
        var client = post(OPENAI, OPENAI_STREAM);
        client.readUntil("Once upon a time");
        client.close();
        isCancelled(true);
    }

    private RawClient post(String path, String json) throws IOException {
        return new RawClient(server.port()).post(path, "Authorization: Bearer " + server.key() + "\r\n", json);
    }

    private void isCancelled(boolean estimated) throws Exception {
        assertThat(left.await(10, TimeUnit.SECONDS))
                .as("the upstream call ended")
                .isTrue();
        await().atMost(Duration.ofSeconds(10)).until(() -> !status().equals("running"));
        var record = record();
        assertThat(record.get("status").stringValue()).isEqualTo("cancelled");
        assertThat(record.get("error").get("code").stringValue()).isEqualTo("cancelled");
        assertThat(record.get("error").get("message").stringValue()).contains("the client went away");
        if (estimated) {
            assertThat(record.get("cost_source").stringValue()).isEqualTo("estimated");
            assertThat(record.get("usage").get("output_tokens").intValue()).isEqualTo(4);
        } else {
            assertThat(record.get("usage").isNull()).isTrue();
            assertThat(record.get("cost_usd").isNull()).isTrue();
        }
        server.get("/health").expect(200); // whatever is to be logged of the call is logged by now, or soon
        Thread.sleep(100);
        assertThat(log.loud())
                .as("a client's leaving is no fault of the server")
                .isEmpty();
    }

    private JsonNode record() throws Exception {
        assertThat(server.records()).hasSize(1);
        return server.records().getFirst();
    }

    private String status() throws Exception {
        return record().get("status").stringValue();
    }
}
