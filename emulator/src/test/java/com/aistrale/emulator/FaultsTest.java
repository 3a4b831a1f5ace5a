package com.aistrale.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.emulator.journal.Recorded;
import com.aistrale.emulator.journal.Recorded.Ending;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults on the wire itself, read from a raw socket where a client would hide them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsTest {
    private final Emulator emulator = Emulator.start(0);
    private final Client client = new Client(emulator);

    @BeforeEach
    void forget() {
        emulator.reset();
    }

    @AfterAll
    void stop() {
        client.close();
        emulator.close();
    }

    @Test
    void aWholeStreamEndsWithItsLastChunk() throws Exception {
        String raw = new String(streamed("gpt-4o", true), StandardCharsets.UTF_8);
        assertThat(raw).contains("data: [DONE]").endsWith("\r\n0\r\n\r\n");
    }

    @Test
    void aCutStreamEndsAfterItsChunksWithoutTheLast() throws Exception {
        String raw = new String(streamed("fault-cut-after-3", false), StandardCharsets.UTF_8);
        assertThat(raw.split("data: ", -1)).hasSize(4);
        assertThat(raw).startsWith("HTTP/1.1 200 OK").doesNotContain("[DONE]").doesNotContain("\r\n0\r\n");
        assertThat(only().ending()).isEqualTo(Ending.CUT);
        assertThat(only().chunks()).isEqualTo(3);
    }

    @Test
    void aResetStreamIsReset() {
        assertThatThrownBy(() -> streamed("fault-drip-20ms+reset-after-2", false))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void aCutPlainAnswerIsShorterThanItSays() throws Exception {
        String raw = new String(
                exchange(Client.HELLO.replace("gpt-4o", "fault-cut-after-0"), false), StandardCharsets.UTF_8);
        int body = raw.length() - raw.indexOf("\r\n\r\n") - 4;
        int said = Integer.parseInt(raw.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
        assertThat(body).isPositive().isEqualTo(said / 2);
    }

    @Test
    void aDroppedRequestGetsNotOneByte() throws Exception {
        assertThat(streamed("fault-drop", false)).isEmpty();
        assertThat(only().ending()).isEqualTo(Ending.CUT);
        assertThat(only().status()).isZero();
    }

    @Test
    void aStreamThatHangsInItsMidstSendsItsChunksAndThenNothing() throws Exception {
        try (Socket socket = connect()) {
            send(socket, Client.HELLO_STREAM.replace("gpt-4o", "fault-hang-after-3"));
            String read = untilSilent(socket, 300);
            assertThat(read.split("data: ", -1)).hasSize(4);
            assertThat(only().ending()).isEqualTo(Ending.RUNNING);
            assertThat(only().chunks()).isEqualTo(3);
        }
        await(() -> only().clientDisconnected());
    }

    @Test
    void aPlainAnswerThatHangsStopsAtItsHalf() throws Exception {
        try (Socket socket = connect()) {
            send(socket, Client.HELLO.replace("gpt-4o", "fault-hang-after-1"));
            String read = untilSilent(socket, 300);
            int said = Integer.parseInt(read.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
            assertThat(read.length() - read.indexOf("\r\n\r\n") - 4).isEqualTo(said / 2);
        }
        await(() -> only().clientDisconnected());
    }

    @Test
    void aSlowStartSendsItsHeadAtOnce() throws Exception {
        for (String body : new String[] {Client.HELLO, Client.HELLO_STREAM}) {
            try (Socket socket = connect()) {
                send(socket, body.replace("gpt-4o", "fault-slow-start-60000ms"));
                assertThat(untilSilent(socket, 200))
                        .startsWith("HTTP/1.1 200 OK")
                        .endsWith("\r\n\r\n");
            }
        }
    }

    @Test
    void aBodyInPiecesOfOneByteIsTheSameBody() throws Exception {
        String plain =
                client.chat("gpt-4o").json().at("/choices/0/message/content").asString();
        assertThat(client.chat("gpt-4o+fault-piece-1")
                        .json()
                        .at("/choices/0/message/content")
                        .asString())
                .isEqualTo(plain);
        String stream = new String(streamed("gpt-4o+fault-piece-1", true), StandardCharsets.UTF_8);
        assertThat(stream)
                .contains("\r\n1\r\nd\r\n1\r\na\r\n1\r\nt\r\n1\r\na\r\n")
                .endsWith("\r\n0\r\n\r\n");
        String whole = new String(streamed("gpt-4o", true), StandardCharsets.UTF_8);
        assertThat(stream.split("\r\n1\r\n", -1)).hasSizeGreaterThan(whole.length() / 2);
    }

    @Test
    void aDripOfBytesWaitsBeforeEachByte() throws Exception {
        try (Socket socket = connect()) {
            send(socket, Client.HELLO.replace("gpt-4o", "fault-drip-150ms+piece-1"));
            String read = "";
            Instant begin = Instant.now();
            while (read.indexOf("\r\n\r\n") < 0 || read.length() < read.indexOf("\r\n\r\n") + 7) {
                read += (char) socket.getInputStream().read();
            }
            assertThat(read).endsWith("\r\n\r\n{\"i");
            assertThat(Duration.between(begin, Instant.now())).isGreaterThan(Duration.ofMillis(440));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fault-hang", "fault-delay-60000ms", "fault-drip-60000ms", "fault-slow-start-60000ms"})
    void aClientThatLeavesIsWrittenDown(String model) throws Exception {
        try (Socket socket = connect()) {
            send(socket, Client.HELLO_STREAM.replace("gpt-4o", model));
            await(() -> emulator.requests().size() == 1);
            assertThat(only().ending()).isEqualTo(Ending.RUNNING);
        }
        await(() -> only().clientDisconnected());
        assertThat(emulator.requests("openai")).hasSize(1);
    }

    @Test
    void aClientThatLeavesInMidStreamIsWrittenDownWithTheChunksItGot() throws Exception {
        try (Socket socket = connect()) {
            send(socket, Client.HELLO_STREAM.replace("gpt-4o", "fault-drip-50ms"));
            await(() -> emulator.requests().size() == 1 && only().chunks() >= 2);
        }
        await(() -> only().clientDisconnected());
        assertThat(only().chunks()).isBetween(2, 8);
    }

    @Test
    void aMalformedChunkIsNoJsonAndTheOthersAre() throws Exception {
        String body = client.post(
                        "/v1/chat/completions", Client.HELLO_STREAM.replace("gpt-4o", "fault-malformed-chunk-2"))
                .response()
                .body();
        String[] data = body.split("data: ", -1);
        assertThat(data[1].strip()).endsWith("}");
        assertThat(data[2].strip()).startsWith("{").doesNotEndWith("}");
        assertThat(data[3].strip()).endsWith("}");
    }

    @Test
    void statusesCarryTheProvidersOwnErrors() throws Exception {
        Client.Answer limited = client.chat("fault-429-retry-after-2");
        assertThat(limited.status()).isEqualTo(429);
        assertThat(limited.header("retry-after")).isEqualTo("2");
        assertThat(limited.json().at("/error/code").asString()).isEqualTo("rate_limit_exceeded");
        String message =
                "{\"model\":\"fault-status-529\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        Client.Answer overloaded = client.post("/anthropic/v1/messages", message);
        assertThat(overloaded.status()).isEqualTo(529);
        assertThat(overloaded.json().at("/error/type").asString()).isEqualTo("overloaded_error");
    }

    @Test
    void emptyAndForeignBodiesComeAsTold() throws Exception {
        Client.Answer empty = client.chat("fault-empty-body");
        assertThat(empty.status()).isEqualTo(200);
        assertThat(empty.response().body()).isEmpty();
        Client.Answer html = client.chat("fault-html-502");
        assertThat(html.status()).isEqualTo(502);
        assertThat(html.header("content-type")).isEqualTo("text/html");
        assertThat(client.chat("gpt-4o+fault-no-usage").json().has("usage")).isFalse();
    }

    @Test
    void anUnknownFaultIsNamedWithTheKnownOnes() throws Exception {
        Client.Answer answer = client.chat("fault-explode");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.response().body()).contains("unknown fault 'explode'").contains("cut-after-3");
    }

    @Test
    void aHeaderBringsAFaultToo() throws Exception {
        var request = client.request("/v1/models").header("x-emulator-fault", "status-503");
        assertThat(client.send(request.GET()).status()).isEqualTo(503);
    }

    /** What a socket gives from a streamed chat, to the end or to the exception. */
    private byte[] streamed(String model, boolean close) throws IOException {
        return exchange(Client.HELLO_STREAM.replace("gpt-4o", model), close);
    }

    private byte[] exchange(String body, boolean close) throws IOException {
        try (Socket socket = connect()) {
            send(socket, body, close ? "Connection: close\r\n" : "");
            return socket.getInputStream().readAllBytes();
        }
    }

    /** What comes until nothing does for so many milliseconds. */
    private static String untilSilent(Socket socket, int millis) throws IOException {
        StringBuilder read = new StringBuilder();
        byte[] buffer = new byte[4096];
        socket.setSoTimeout(10_000); // the first byte may take its time
        try {
            for (int n; (n = socket.getInputStream().read(buffer)) >= 0; socket.setSoTimeout(millis)) {
                read.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
            }
        } catch (SocketTimeoutException silent) {
            return read.toString();
        }
        throw new AssertionError("closed after " + read);
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), emulator.port());
    }

    private static void send(Socket socket, String body) throws IOException {
        send(socket, body, "");
    }

    private static void send(Socket socket, String body, String more) throws IOException {
        String request = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk-test\r\n"
                + more + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    private Recorded only() {
        assertThat(emulator.requests()).hasSize(1);
        return emulator.requests().getFirst();
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) throws InterruptedException {
        Instant end = Instant.now().plus(Duration.ofSeconds(20));
        while (!condition.holds()) {
            assertThat(Instant.now()).as("waited in vain").isBefore(end);
            Thread.sleep(5);
        }
    }
}
