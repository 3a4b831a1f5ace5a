package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.Webhooks;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenTest {
    private static final String TIME = Times.local(Instant.parse("2026-11-01T12:00:00Z"));
    private static final String STREAM = "GET /api/v1/events/stream";
    private static final String SECRET = "whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR";
    private static final String REVOKED =
            "event: error\ndata: {\"status\":401,\"code\":\"authentication_failed\",\"detail\":\"the key is revoked\"}\n\n";

    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();
    private final FakeServer receiver = new FakeServer().json("POST /hook", 200, "thanks");

    @AfterEach
    void stop() {
        server.close();
        receiver.close();
    }

    private Ran.With with() {
        return new Ran.With(home).server(server);
    }

    private static String envelope(int number) {
        return """
                {"id":"evt_%d","type":"prompt.updated","timestamp":"2026-11-01T12:00:00.000Z","workspace_id":"ws_1",\
                "data":{"name":"Grüße","version":%d,"labels":[],"change":"created","updated_by":"key_1"}}""".formatted(number, number);
    }

    private static String event(int number) {
        return "event: prompt.updated\nid: 0-" + number + "\ndata: " + envelope(number) + "\n\n";
    }

    private static String line(int number) {
        return TIME + "  prompt.updated           evt_" + number;
    }

    private FakeServer streaming(String... connections) {
        return server.first(STREAM, 200, "text/event-stream", connections);
    }

    private String hook() {
        return receiver.url() + "/hook";
    }

    @Test
    void aLineForEachEventUntilTheServerRefuses() {
        var sample = event(2).replace("\"data\":{", "\"test\":true,\"data\":{");
        streaming(": listening\nid: 0-0\n\n" + event(1) + sample + REVOKED);
        var ran = with().run("webhooks", "listen", "--events", "prompt.updated,inference.failed", "--since", "0-7");
        assertThat(ran.out()).isEqualTo(line(1) + "\n" + line(2) + "  (sample)\n");
        assertThat(ran.err()).startsWith("""
                Listening for prompt.updated, inference.failed at %s. Ctrl-C ends it.
                Stopped behind evt_2. To go on from there: aistrale webhooks listen --since 0-2
                aistrale: the key is revoked""".formatted(server.url()));
        assertThat(ran.exit()).isEqualTo(3);
        assertThat(server.requests).containsExactly(STREAM + "?event_types=prompt.updated%2Cinference.failed");
        assertThat(server.headers.getFirst().getFirst("Last-Event-ID")).isEqualTo("0-7");
    }

    @Test
    void withJsonTheEventsAloneAreOnStandardOutput() {
        streaming(event(1) + event(2) + REVOKED);
        var ran = with().run("webhooks", "listen", "--json", "--forward-to", hook());
        assertThat(ran.out()).isEqualTo(envelope(1) + "\n" + envelope(2) + "\n");
        assertThat(ran.err()).containsPattern("\nevt_1  → 200 \\d+ ms\nevt_2  → 200 \\d+ ms\n");
    }

    @Test
    void whatIsForwardedIsSignedAsTheServerDoes() {
        streaming(event(1) + REVOKED);
        var ran = with().env("AISTRALE_WEBHOOK_SECRET", SECRET).run("webhooks", "listen", "--forward-to", hook());
        assertThat(ran.out()).matches(line(1) + "  → 200 \\d+ ms\n");
        assertThat(ran.err()).contains("signed with your secret.").doesNotContain(SECRET);
        assertThat(receiver.requests).containsExactly("POST /hook");
        assertThat(receiver.bodies).containsExactly(envelope(1));
        var headers = receiver.headers.getFirst();
        assertThat(headers.getFirst("Webhook-id")).isEqualTo("evt_1");
        assertThat(headers.getFirst("Content-type")).isEqualTo("application/json");
        assertThat(headers.getFirst("User-agent")).startsWith("aistrale/");
        assertThat(headers.getFirst("Accept-encoding")).isEqualTo("identity");
        assertThat(headers).doesNotContainKey("Authorization");
        var event = Webhooks.unwrap(envelope(1).getBytes(UTF_8), headers, SECRET);
        assertThat(event.id()).isEqualTo("evt_1");
    }

    @Test
    void aSecretThatWasMadeIsShownOnceAndSigns() {
        streaming(event(1) + REVOKED);
        var ran = with().run("webhooks", "listen", "--forward-to", hook().replace("http://", ""));
        var shown = ran.err().lines().filter(said -> said.contains("whsec_")).toList();
        assertThat(shown).hasSize(1);
        var secret = shown.getFirst().substring(shown.getFirst().indexOf("whsec_"));
        Webhooks.verify(envelope(1).getBytes(UTF_8), receiver.headers.getFirst(), secret);
        assertThat(ran.err()).contains("Forwarding to " + hook() + ", signed with ");
    }

    @Test
    void aReceiverThatFailsIsShownAndEndsNothing() {
        receiver.first("POST /hook", 500, "text/plain", "broken:\n  line 3")
                .first("POST /hook", 302, "text/plain", "")
                .first("POST /hook", 401, "text/plain", "who are you");
        streaming(event(1) + event(2) + event(3) + event(4) + REVOKED);
        var ran = with().run("webhooks", "listen", "--forward-to", hook());
        assertThat(ran.out().replaceAll("\\d+ ms", "N ms"))
                .isEqualTo(line(1) + "  → 500 N ms: broken: line 3\n" + line(2)
                        + "  → 302 N ms: redirects are not followed\n" + line(3) + "  → 401 N ms\n" + line(4)
                        + "  → 200 N ms\n");
        assertThat(receiver.bodies).containsExactly(envelope(1), envelope(2), envelope(3), envelope(4));
    }

    @Test
    void whereNobodyListensItIsSentOnceMore() throws Exception {
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        streaming(event(1) + event(2) + REVOKED);
        var ran = with().run("webhooks", "listen", "--forward-to", "http://127.0.0.1:" + port + "/hook");
        var said = "  → nothing listens at 127.0.0.1:" + port + ", twice\n";
        assertThat(ran.out()).isEqualTo(line(1) + said + line(2) + said);
        assertThat(ran.exit()).isEqualTo(3);
    }

    /** One that accepts, breaks off, and is there when it is asked again. */
    private static int breakingOnce() throws IOException {
        var socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        var thread = new Thread(() -> {
            try (socket) {
                try (var first = socket.accept()) {
                    var read = first.getInputStream().readNBytes(envelope(1).length());
                    first.setSoLinger(read.length > 0, 0); // a reset
                }
                try (var second = socket.accept()) {
                    second.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(UTF_8));
                    second.shutdownOutput();
                    second.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return socket.getLocalPort();
    }

    @Test
    void aReceiverThatBreaksOffGetsItOnceMore() throws Exception {
        streaming(event(1) + REVOKED);
        var ran = with().run("webhooks", "listen", "--forward-to", "127.0.0.1:" + breakingOnce());
        assertThat(ran.out()).matches(line(1) + "  → 204 \\d+ ms \\(at the second try\\)\n");
    }

    @Test
    void aLostConnectionIsToldOfAndGoesOnWhereItWas() {
        streaming("id: 0-0\n\n", event(1), event(2) + "id: 0-9\n\n", event(10) + REVOKED);
        var ran = with().run("webhooks", "listen");
        assertThat(ran.out()).isEqualTo(line(1) + "\n" + line(2) + "\n" + line(10) + "\n");
        var lost = "The connection to " + server.url() + " was lost. Trying again…\n";
        assertThat(ran.err()).startsWith("""
                Listening for all events at %s. Ctrl-C ends it.
                %sConnected again: it goes on where it was.
                %sConnected again: it goes on behind evt_1.
                %sConnected again: it goes on behind evt_2.
                Stopped behind evt_10.""".formatted(server.url(), lost, lost, lost));
        assertThat(server.headers.stream().map(each -> String.valueOf(each.getFirst("Last-Event-ID"))))
                .containsExactly("null", "0-0", "0-1", "0-9");
    }

    @Test
    void aServerThatIsBusyIsAskedAgain() {
        streaming(event(1)).first(STREAM, 503, "application/json", "{\"status\":503,\"code\":\"overloaded\"}");
        streaming(event(2) + REVOKED);
        assertThat(with().run("webhooks", "listen").out()).isEqualTo(line(1) + "\n" + line(2) + "\n");
    }

    @Test
    void whatTheServerRefusesAtTheBeginIsTheEnd() {
        server.problem(STREAM, 400, "invalid_request", "`Last-Event-ID: x` is no id of an event of this stream");
        var ran = with().run("webhooks", "listen", "--since", "x");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err())
                .startsWith("aistrale: `Last-Event-ID: x` is no id")
                .doesNotContain("Listening");
    }

    @Test
    void aCommandGetsOneEventAfterTheOther() throws Exception {
        streaming(event(1) + event(2) + event(3) + REVOKED);
        var log = home.resolve("log");
        var ran = with().env("LOG", log.toString())
                .run(
                        "webhooks",
                        "listen",
                        "--exec",
                        "echo begin $AISTRALE_EVENT_ID $AISTRALE_EVENT_TYPE >>$LOG; sleep 0.1; cat >>$LOG; [ $AISTRALE_EVENT_ID"
                                + " != evt_2 ] || exit 7");
        assertThat(Files.readAllLines(log))
                .isEqualTo(List.of(
                        "begin evt_1 prompt.updated",
                        envelope(1),
                        "begin evt_2 prompt.updated",
                        envelope(2),
                        "begin evt_3 prompt.updated",
                        envelope(3)));
        assertThat(ran.out()).isEqualTo(line(1) + "\n" + line(2) + "\n" + line(3) + "\n");
        assertThat(ran.err().lines().filter(said -> said.startsWith("The command")))
                .singleElement()
                .asString()
                .matches("The command ended with 7 for evt_2, after \\d+ ms\\.");
    }

    @Test
    void whileACommandRunsNothingIsLost() throws Exception {
        var many = new StringBuilder();
        for (var i = 2; i <= 1500; i++) {
            many.append(event(i));
        }
        streaming(event(1), many.toString(), REVOKED);
        var log = home.resolve("log");
        var ran = with().env("LOG", log.toString())
                .run(
                        "webhooks",
                        "listen",
                        "--exec",
                        "echo $AISTRALE_EVENT_ID >>$LOG; [ $AISTRALE_EVENT_ID != evt_1 ] || sleep 2");
        assertThat(ran.out().lines()).hasSize(1500);
        assertThat(Files.readAllLines(log))
                .hasSize(1500)
                .startsWith("evt_1", "evt_2")
                .endsWith("evt_1500");
    }

    @Test
    void aCommandThatReadsNothingIsNoError() {
        streaming(event(1).replace("Grüße", "x".repeat(200_000)) + REVOKED);
        var ran = with().run("webhooks", "listen", "--exec", "exec true");
        assertThat(ran.out()).isEqualTo(line(1) + "\n");
        assertThat(ran.err()).doesNotContain("The command");
    }

    @ParameterizedTest
    @CsvSource({
        "--forward-to ftp://localhost/x, no URL to post to",
        "--forward-to http:///x, no URL to post to",
        "--secret whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR, nothing is",
        "--secret whsec_SR3C --forward-to localhost:1, --secret is no secret of webhooks",
        "--secret whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXRA --forward-to localhost:1, --secret is no secret of webhooks",
        "--secret SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR --forward-to localhost:1, --secret is no secret of webhooks",
        "--exec=, --exec has no command"
    })
    void mistakesAreNamedBeforeAnybodyIsAsked(String options, String said) {
        var ran = with().run(("webhooks listen " + options).split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains(said).doesNotContain("SR3C");
        assertThat(ran.out()).isEmpty();
        assertThat(server.requests).isEmpty();
    }
}
