package com.aistrale;

import static com.aistrale.FakeServer.bytes;
import static com.aistrale.FakeServer.completed;
import static com.aistrale.FakeServer.delta;
import static com.aistrale.FakeServer.sseHead;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.FakeServer.End;
import com.aistrale.FakeServer.Received;
import com.aistrale.FakeServer.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream whose connection is lost goes on; one that nobody reads any more is ended at the server. */
class ResumeTest {
    private static final List<String> PIECES = List.of("Once ", "upon é", "🙂 a ", "time");
    private static final String TEXT = String.join("", PIECES);
    private static final List<String> EVENTS = List.of(
            delta(1, PIECES.get(0)),
            ": keep-alive\n\n" + delta(2, PIECES.get(1)),
            delta(3, PIECES.get(2)),
            delta(4, PIECES.get(3)),
            completed(5, TEXT));
    private final FakeServer server = new FakeServer();
    private final FakeClocks clocks = new FakeClocks();

    @AfterEach
    void stop() {
        server.close();
    }

    static java.util.stream.Stream<Transport> transports() {
        return StreamTest.transports();
    }

    private Aistrale client(Transport transport) {
        return Clients.builder(server)
                .transport(transport)
                .clocks(clocks)
                .random(Clients.withoutChance())
                .build();
    }

    /** As the server does: what comes behind the last event that was seen, all of it or its first bytes. */
    private static Function<Received, Reply> rest(int bytes) {
        return request -> {
            var seen = Integer.parseInt(request.headers().getOrDefault("last-event-id", "0"));
            var all = bytes(sseHead() + String.join("", EVENTS.subList(seen, EVENTS.size())));
            return new Reply(List.of(Arrays.copyOf(all, Math.min(bytes, all.length))), End.CLOSE, 0);
        };
    }

    private static String texts(List<StreamEvent> events) {
        return events.stream()
                .filter(StreamEvent.Text.class::isInstance)
                .map(StreamEvent::toString)
                .collect(Collectors.joining());
    }

    private static List<StreamEvent> all(InferenceStream stream) {
        var events = new ArrayList<StreamEvent>();
        stream.forEach(events::add);
        return events;
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aConnectionThatIsCutAtAnyByteGivesTheSameText(Transport transport) {
        var length = bytes(sseHead() + String.join("", EVENTS)).length;
        // This one takes a head that is cut for a whole one, as its documentation says.
        var from = transport instanceof HttpURLConnectionTransport ? bytes(sseHead()).length : 0;
        // An end that lacks nothing but its two line ends is whole.
        for (var cut = from; cut < length - 2; cut++) {
            server.received.clear();
            server.reply(rest(cut)).reply(rest(Integer.MAX_VALUE));
            try (var stream = client(transport).stream("x")) {
                var events = all(stream);
                assertThat(texts(events)).as("cut after " + cut).isEqualTo(TEXT);
                assertThat(events).hasSize(EVENTS.size());
                assertThat(stream.finalInference().text()).isEqualTo(TEXT);
                assertThat(stream.text()).isEqualTo(TEXT);
            }
            assertThat(server.received).hasSize(2);
            var first = server.received.get(0);
            var second = server.received.get(1);
            assertThat(second.body()).isEqualTo(first.body());
            assertThat(second.headers().get("idempotency-key"))
                    .isEqualTo(first.headers().get("idempotency-key"));
            assertThat(first.headers()).doesNotContainKey("last-event-id");
        }
        assertThat(server.cancelled).isEmpty();
    }

    @Property(tries = 60)
    void anySplitOfAStreamGivesTheSameText(@ForAll @Size(max = 12) List<@IntRange(max = 900) Integer> cuts) {
        try (var own = new FakeServer()) {
            cuts.forEach(cut -> own.reply(rest(cut)));
            own.reply(rest(Integer.MAX_VALUE));
            var client = Clients.builder(own)
                    .clocks(clocks)
                    .random(Clients.withoutChance())
                    .maxRetries(100)
                    .build();
            try (var stream = client.stream("x")) {
                assertThat(texts(all(stream))).isEqualTo(TEXT);
            }
        }
    }

    @Test
    void itComesBackForWhatIsBehindTheLastWholeEvent() {
        server.reply(rest(bytes(sseHead() + EVENTS.get(0) + EVENTS.get(1)).length + 9))
                .reply(rest(Integer.MAX_VALUE));
        assertThat(client(JdkTransport.shared()).run("x").text()).isEqualTo(TEXT);
        assertThat(server.received.get(1).headers()).containsEntry("last-event-id", "2");
        assertThat(clocks.sleptMillis).containsExactly(500L);
    }

    @Test
    void anAnswerInOnePieceThatIsCutIsAskedForAgain() {
        var whole = FakeServer.whole(200, "application/json", FakeServer.inference("whole"));
        var cut = Arrays.copyOf(whole.pieces().get(0), 200);
        server.reply(new Reply(List.of(cut), End.CLOSE, 0)).reply(whole);
        assertThat(client(JdkTransport.shared()).run("x").text()).isEqualTo("whole");
        server.reply(new Reply(List.of(cut), End.CLOSE, 0));
        var client = client(JdkTransport.shared());
        var once = RunOptions.builder().resumable(false).build();
        catchThrowableOfType(ApiConnectionException.class, () -> client.run("x", once));
        assertThat(server.received).hasSize(3);
    }

    @Test
    void whatComesAgainIsPassedOver() {
        server.reply(new Reply(List.of(bytes(sseHead() + EVENTS.get(0) + EVENTS.get(1))), End.CLOSE, 0))
                .sse(EVENTS.toArray(String[]::new));
        try (var stream = client(JdkTransport.shared()).stream("x")) {
            assertThat(texts(all(stream))).isEqualTo(TEXT);
        }
    }

    @Test
    void whatIsMissingIsNeverPassedOver() {
        server.sse(EVENTS.get(0)).sse(EVENTS.get(2), EVENTS.get(3), EVENTS.get(4));
        var client = client(JdkTransport.shared());
        var cut = catchThrowableOfType(StreamInterruptedException.class, () -> client.run("x"));
        assertThat(cut).hasMessageContaining("left out what came after event 1");
        assertThat(cut.text()).isEqualTo(PIECES.get(0));
    }

    @Test
    void aNewAnswerIsNeverPutBehindAnOldOne() throws Exception {
        server.sse(EVENTS.get(0))
                .reply(new Reply(List.of(bytes(sseHead("inf_2") + EVENTS.get(1) + EVENTS.get(4))), End.CLOSE, 0));
        var client = client(JdkTransport.shared());
        var cut = catchThrowableOfType(StreamInterruptedException.class, () -> client.run("x"));
        assertThat(cut).hasMessageContaining("the server began another one");
        assertThat(cut.text()).isEqualTo(PIECES.get(0));
        assertThat(cut.inferenceId()).isEqualTo("inf_1");
        assertThat(server.cancelled.poll(5, TimeUnit.SECONDS)).isEqualTo("/api/v1/inferences/inf_1/cancel");
    }

    @Test
    void whatCannotBeGoneOnWithIsInterruptedWithWhatArrivedAndWhy() throws Exception {
        server.sse(EVENTS.get(0), EVENTS.get(1)).problem(409, "conflict", "x-should-retry: false");
        var client = client(JdkTransport.shared());
        var cut = catchThrowableOfType(StreamInterruptedException.class, () -> client.run("x"));
        assertThat(cut.text()).isEqualTo(PIECES.get(0) + PIECES.get(1));
        assertThat(cut.inferenceId()).isEqualTo("inf_1");
        assertThat(cut).hasCauseInstanceOf(ConflictException.class).hasMessageContaining("what happened (409 conflict");
        assertThat(server.received).hasSize(2);
        assertThat(server.cancelled.poll(5, TimeUnit.SECONDS)).isEqualTo("/api/v1/inferences/inf_1/cancel");
    }

    /** The caller made the key, and can come back with it for the rest. */
    @Test
    void whatItsCallerCanComeBackForIsLeftRunning() throws Exception {
        server.sse(EVENTS.get(0)).problem(409, "conflict", "x-should-retry: false");
        var client = client(JdkTransport.shared());
        var options = RunOptions.builder().idempotencyKey("mine").build();
        catchThrowableOfType(StreamInterruptedException.class, () -> client.run("x", options));
        assertThat(server.cancelled.poll(300, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void aServerThatStartsAgainIsWaitedForWithinTheRetries() {
        server.sse(EVENTS.get(0)).problem(503, "overloaded", "Retry-After: 3").reply(rest(Integer.MAX_VALUE));
        assertThat(client(JdkTransport.shared()).run("x").text()).isEqualTo(TEXT);
        assertThat(clocks.sleptMillis).containsExactly(500L, 3000L);
    }

    @Test
    void progressBeginsTheRetriesAnew() {
        for (var i = 1; i < EVENTS.size(); i++) {
            server.reply(request -> {
                var seen = Integer.parseInt(request.headers().getOrDefault("last-event-id", "0"));
                return new Reply(List.of(bytes(sseHead() + EVENTS.get(seen))), End.CLOSE, 0);
            });
        }
        server.reply(rest(Integer.MAX_VALUE));
        assertThat(client(JdkTransport.shared()).run("x").text()).isEqualTo(TEXT);
        assertThat(clocks.sleptMillis).containsExactly(500L, 500L, 500L, 500L);
    }

    @Test
    void withoutProgressTheRetriesEnd() {
        server.sse(EVENTS.get(0)).sse().sse();
        var client = client(JdkTransport.shared());
        var cut = catchThrowableOfType(StreamInterruptedException.class, () -> client.run("x"));
        assertThat(cut.text()).isEqualTo(PIECES.get(0));
        assertThat(server.received).hasSize(3);
        assertThat(clocks.sleptMillis).containsExactly(500L, 1000L);
    }

    @Test
    void theDeadlineIsOneForAllConnections() {
        server.sse(EVENTS.get(0)).sse();
        var client = client(JdkTransport.shared());
        var options = RunOptions.builder().timeout(Duration.ofMillis(900)).build();
        catchThrowableOfType(StreamInterruptedException.class, () -> client.run("x", options));
        assertThat(server.received).hasSize(2);
        assertThat(clocks.sleptMillis).containsExactly(500L);
    }

    @Test
    void anErrorOfTheAnswerIsNotComeBackFor() throws Exception {
        server.sse(EVENTS.get(0), "event: error\nid: 2\ndata: {\"status\":502,\"code\":\"provider_failed\"}\n\n");
        var client = client(JdkTransport.shared());
        catchThrowableOfType(ProviderException.class, () -> client.run("x"));
        assertThat(server.received).hasSize(1);
        assertThat(server.cancelled.poll(300, TimeUnit.MILLISECONDS)).isNull();
    }

    @ParameterizedTest
    @MethodSource("transports")
    void closingEarlyEndsTheInference(Transport transport) throws Exception {
        server.reply(new Reply(List.of(bytes(sseHead() + EVENTS.get(0))), End.STALL, 0));
        try (var stream = client(transport).stream("x")) {
            assertThat(stream.iterator().next()).hasToString(PIECES.get(0));
            assertThat(stream.id()).isEqualTo("inf_1");
        }
        assertThat(server.cancelled).containsExactly("/api/v1/inferences/inf_1/cancel");
        assertThat(server.clientLeft.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void closingTwiceOrAfterTheEndCancelsNothingMore() {
        server.sse(EVENTS.toArray(String[]::new));
        try (var stream = client(JdkTransport.shared()).stream("x")) {
            stream.finalInference();
            stream.cancel();
        }
        server.reply(new Reply(List.of(bytes(sseHead() + EVENTS.get(0))), End.STALL, 0));
        var stream = client(JdkTransport.shared()).stream("x");
        stream.close();
        stream.close();
        stream.cancel();
        assertThat(server.cancelled).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cancellingFromAnotherThreadEndsTheReaderAndTheInference(boolean resumable) throws Exception {
        server.reply(new Reply(List.of(bytes(sseHead() + EVENTS.get(0))), End.STALL, 0));
        var options = RunOptions.builder().resumable(resumable).build();
        var stream = client(JdkTransport.shared()).stream("x", options);
        var seen = new ArrayList<Object>();
        var reader =
                new Thread(() -> seen.add(catchThrowableOfType(StreamInterruptedException.class, () -> all(stream))));
        reader.start();
        Thread.sleep(100);
        stream.cancel();
        reader.join(5000);
        assertThat(seen).singleElement().asString().contains("it was closed");
        assertThat(server.cancelled).containsExactly("/api/v1/inferences/inf_1/cancel");
        assertThat(server.received).hasSize(1);
    }

    @Test
    void closingWhatEndsWithItsConnectionTellsNobody() throws Exception {
        server.reply(new Reply(List.of(bytes(sseHead() + EVENTS.get(0))), End.STALL, 0));
        client(JdkTransport.shared()).stream(
                        "x", RunOptions.builder().resumable(false).build())
                .close();
        assertThat(server.clientLeft.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(server.cancelled).isEmpty();
    }

    @Test
    void aServerThatDoesNotHearIsNotWaitedForLong() {
        server.reply(new Reply(List.of(bytes(sseHead() + EVENTS.get(0))), End.STALL, 0));
        var asked = new ArrayList<String>();
        var deaf = (Transport) request -> {
            asked.add(request.uri().getPath());
            if (asked.size() == 1) {
                return JdkTransport.shared().send(request);
            }
            try {
                Thread.sleep(20_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException("too late");
        };
        var stream = client(deaf).stream("x");
        var before = System.nanoTime();
        stream.close();
        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .isBetween(Duration.ofMillis(500), Duration.ofSeconds(5));
        assertThat(asked).containsExactly("/api/v1/inferences", "/api/v1/inferences/inf_1/cancel");
    }

    @Test
    void aCallThatRunsOutOfTimeEndsItsInference() throws Exception {
        server.reply(new Reply(List.of(bytes(sseHead() + EVENTS.get(0))), End.STALL, 0));
        var client = Clients.of(server);
        var options = RunOptions.builder().timeout(Duration.ofMillis(300)).build();
        catchThrowableOfType(ApiTimeoutException.class, () -> client.run("x", options));
        assertThat(server.cancelled.poll(5, TimeUnit.SECONDS)).isEqualTo("/api/v1/inferences/inf_1/cancel");
        assertThat(server.received).hasSize(1);
    }

    @Test
    void anInterruptedThreadEndsItsInference() throws Exception {
        server.reply(new Reply(List.of(bytes(sseHead() + EVENTS.get(0))), End.STALL, 0));
        var client = Clients.of(server);
        var options = RunOptions.builder().idempotencyKey("mine").build();
        var thread = new Thread(() -> catchThrowableOfType(AistraleException.class, () -> client.run("x", options)));
        thread.start();
        while (server.received.isEmpty()) {
            Thread.sleep(5);
        }
        Thread.sleep(100);
        thread.interrupt();
        thread.join(5000);
        assertThat(server.cancelled.poll(5, TimeUnit.SECONDS)).isEqualTo("/api/v1/inferences/inf_1/cancel");
        assertThat(server.received).hasSize(1);
    }

    /** A server that is silent for longer than it can be is one that is not there any more. */
    @ParameterizedTest
    @MethodSource("transports")
    void aConnectionThatFallsSilentIsALostOne(Transport transport) {
        server.reply(new Reply(List.of(bytes(sseHead() + EVENTS.get(0))), End.STALL, 0))
                .reply(rest(Integer.MAX_VALUE));
        var client = Clients.builder(server)
                .transport(transport)
                .idleTimeout(Duration.ofMillis(200))
                .clocks(clocks)
                .random(Clients.withoutChance())
                .build();
        assertThat(client.run("x").text()).isEqualTo(TEXT);
        assertThat(server.received.get(1).headers()).containsEntry("last-event-id", "1");
    }
}
